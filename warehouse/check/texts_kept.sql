-- Every article's text is in log.body, unless it was taken out on request.
CREATE OR REPLACE VIEW "check".texts_kept AS
SELECT article.article_id, article.url, article.body_sha256 FROM article
WHERE substr(article.body_sha256, 1, 32)::UUID NOT IN (SELECT key FROM log.body)
AND article.article_id NOT IN (SELECT stream FROM log.event WHERE type = 'article.redacted');
