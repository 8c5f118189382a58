-- One row per page that an entry asks for and that is due, oldest request first.
-- Bytes whose file was let go are not referred to: the page is then kept anew.
CREATE OR REPLACE VIEW todo.page_to_fetch AS
SELECT article_id, topic, url, entry_title, "language", asked_by, attempt, sha256, if(retired_file.file IS NULL, record_file, NULL) AS record_file, record_offset, record_length
FROM page LEFT JOIN retired_file ON retired_file.file = page.record_file
WHERE NOT is_redacted AND (outcome = 'waiting'
   OR (outcome = 'failed' AND retry_at <= coalesce(getvariable('now')::TIMESTAMP, now() AT TIME ZONE 'UTC')))
ORDER BY asked_at, entry_published_at NULLS LAST, article_id;
