-- One row per version of an article (the variable `article`) with its text, oldest first.
SELECT version.seen_at, version.title, version.change, version.words_added, version.words_removed, version.body_sha256, body.text
FROM article_version AS version LEFT JOIN log.body ON body.sha256 = version.body_sha256
WHERE version.article_id = getvariable('article')::VARCHAR ORDER BY version.position;
