-- One row per article whose latest text has no verdict yet, in the order in which they became known.
CREATE OR REPLACE VIEW todo.article_to_judge AS
SELECT article_id, topic, text_event, body_sha256, outlet, language, first_seen_at, CASE WHEN judged_event IS NOT NULL THEN cluster_id END AS own_cluster_id
FROM article WHERE is_to_judge
ORDER BY first_seen_at, published_at NULLS LAST, article_id;
