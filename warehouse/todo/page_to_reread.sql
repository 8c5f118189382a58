-- One row per page of an article on the topic that is due to be read again for edits, longest overdue first.
CREATE OR REPLACE VIEW todo.page_to_reread AS
SELECT page.article_id, page.topic, page.url, page.asked_by, page.readings + 1 AS reading, page.first_reading_at,
    if(retired_file.file IS NULL, page.etag, NULL) AS etag, if(retired_file.file IS NULL, page.last_modified, NULL) AS last_modified,
    page.sha256, if(retired_file.file IS NULL, page.record_file, NULL) AS record_file, page.record_offset, page.record_length
FROM page JOIN article ON article.article_id = page.article_id LEFT JOIN retired_file ON retired_file.file = page.record_file
WHERE NOT page.is_redacted AND page.outcome = 'fetched' AND (article.gate = 'on_topic' OR article.mentions > 0)
    AND page.next_reading_at <= coalesce(getvariable('now')::TIMESTAMP, now() AT TIME ZONE 'UTC')
ORDER BY page.next_reading_at, page.article_id;
