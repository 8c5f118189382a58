-- Every event that lost its words belongs to an article whose removal is recorded, and no removed article's text is left.
CREATE OR REPLACE VIEW "check".redactions_recorded AS
WITH removed AS (SELECT DISTINCT stream AS article_id FROM log.event WHERE type = 'article.redacted')
SELECT event.event_id, event.type, event.stream, 'no removal is recorded' AS fault FROM log.event SEMI JOIN log.redaction USING (event_id)
WHERE coalesce(event.data ->> '$.article_id', event.stream) NOT IN (SELECT article_id FROM removed)
UNION ALL
SELECT NULL, NULL, article_version.article_id, 'its text is still there' FROM article_version SEMI JOIN removed USING (article_id)
JOIN log.body ON body.key = substr(article_version.body_sha256, 1, 32)::UUID
WHERE NOT EXISTS (FROM article_version AS other WHERE other.body_sha256 = article_version.body_sha256 AND other.article_id NOT IN (SELECT article_id FROM removed));
