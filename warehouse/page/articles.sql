-- One row per article on the topic, newest first, at most a hundred before the variable `until`; copies follow their text's first article.
SELECT article_id, first_seen_at, published_at, outlet, title, language, verdict, revisions, mentions, cluster_id
FROM article WHERE gate IS DISTINCT FROM 'off_topic' AND first_seen_at <= coalesce(getvariable('until')::TIMESTAMP, 'infinity'::TIMESTAMP)
ORDER BY first_seen_at DESC, position DESC LIMIT 100;
