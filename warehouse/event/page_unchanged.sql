-- One row per event page.unchanged: A later reading found the page as it was: by a 304, or by the same bytes.
CREATE OR REPLACE VIEW event.page_unchanged AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.article_id' AS "article_id",
    data ->> '$.url' AS "url",
    data ->> '$.asked_by' AS "asked_by",
    (data ->> '$.reading')::BIGINT AS "reading",
    (data ->> '$.status')::BIGINT AS "status",
    data ->> '$.sha256' AS "sha256",
    data -> '$.record' AS "record",
    (data ->> '$.checked_at')::TIMESTAMP AS "checked_at",
    data ->> '$.etag' AS "etag",
    data ->> '$.last_modified' AS "last_modified",
    (data ->> '$.next_reading_at')::TIMESTAMP AS "next_reading_at"
FROM log.event WHERE type = 'page.unchanged';
