-- One row per day and language of the last `days` days (a variable; 30): articles and independent texts on the topic.
WITH span AS (SELECT max(first_seen_at) - to_days(coalesce(getvariable('days')::INTEGER, 30)) AS since FROM article)
SELECT first_seen_at::DATE AS day, "language", count(*) AS articles, count(DISTINCT coalesce(cluster_id, article_id)) AS texts
FROM article, span WHERE gate IS DISTINCT FROM 'off_topic' AND first_seen_at >= span.since GROUP BY ALL ORDER BY ALL;
