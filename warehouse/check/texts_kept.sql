-- Every article's text is in log.body.
CREATE OR REPLACE VIEW "check".texts_kept AS
SELECT article_id, url, body_sha256 FROM article WHERE NOT EXISTS (FROM log.body WHERE body.sha256 = article.body_sha256);
