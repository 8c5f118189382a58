-- One row per page that an entry asks for and that is due, oldest request first.
CREATE OR REPLACE VIEW todo.page_to_fetch AS
SELECT article_id, topic, url, asked_by, attempt, sha256, record_file, record_offset, record_length
FROM page
WHERE NOT is_redacted AND (outcome = 'waiting'
   OR (outcome = 'failed' AND retry_at <= coalesce(getvariable('now')::TIMESTAMP, now() AT TIME ZONE 'UTC')))
ORDER BY asked_at, entry_published_at NULLS LAST, article_id;
