-- One row per version of an article (the variable `article`) with its text, oldest first. The variable `place` is the article's position,
-- before which none of its versions lies; without it they are looked for everywhere. Of an article that was never edited the text is left to article.sql.
WITH version AS (
    FROM article_version
    WHERE article_id = getvariable('article')::VARCHAR AND position >= coalesce(getvariable('place')::BIGINT, 0)
), place AS (
    SELECT body.rowid AS place, body.key FROM log.body SEMI JOIN (SELECT substr(body_sha256, 1, 32)::UUID AS key FROM version WHERE (SELECT count(*) FROM version) > 1) AS wanted ON wanted.key = body.key
), body AS (
    SELECT place.key, body.text FROM log.body JOIN place ON place.place = body.rowid
)
SELECT version.seen_at, version.title, version.change, version.words_added, version.words_removed, version.body_sha256, body.text
FROM version LEFT JOIN body ON body.key = substr(version.body_sha256, 1, 32)::UUID ORDER BY version.position;
