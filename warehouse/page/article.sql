-- One row: the article that the variable `article` names, with its text and where its page lies in the archive.
WITH this AS (
    FROM article WHERE article_id = getvariable('article')::VARCHAR
), place AS (  -- by number: one text is unpacked, and not all
    SELECT body.rowid AS place, body.key FROM log.body JOIN this ON body.key = substr(this.body_sha256, 1, 32)::UUID
), body AS (
    SELECT place.key, body.text FROM log.body JOIN place ON place.place = body.rowid
)
SELECT this.*, body.text, page.record_file, page.record_offset, page.readings, page.checked_at
FROM this LEFT JOIN body ON body.key = substr(this.body_sha256, 1, 32)::UUID LEFT JOIN page ON page.article_id = getvariable('article')::VARCHAR;
