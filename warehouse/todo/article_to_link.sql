-- One row per article of the last five days whose story is not known yet and whose text is no copy, in the order in which they became known.
CREATE OR REPLACE VIEW todo.article_to_link AS
SELECT article.article_id, topic, text_event, body_sha256, first_seen_at
FROM article ANTI JOIN story USING (article_id)
WHERE NOT is_to_judge AND verdict IN ('original', 'twin') AND gate IS DISTINCT FROM 'off_topic'
    AND first_seen_at >= (SELECT max(first_seen_at) FROM article) - INTERVAL 5 DAY
ORDER BY first_seen_at, article.article_id;
