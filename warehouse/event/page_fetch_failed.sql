-- One row per event page.fetch_failed: A page could not be read; it is tried again at ``retry_at``, or never when that is empty.
CREATE OR REPLACE VIEW event.page_fetch_failed AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.article_id' AS "article_id",
    data ->> '$.url' AS "url",
    data ->> '$.asked_by' AS "asked_by",
    (data ->> '$.attempt')::BIGINT AS "attempt",
    data ->> '$.reason' AS "reason",
    data ->> '$.detail' AS "detail",
    (data ->> '$.status')::BIGINT AS "status",
    (data ->> '$.failed_at')::TIMESTAMP AS "failed_at",
    (data ->> '$.retry_at')::TIMESTAMP AS "retry_at",
    (data ->> '$.reading')::BIGINT AS "reading",
    (data ->> '$.next_reading_at')::TIMESTAMP AS "next_reading_at"
FROM log.event WHERE type = 'page.fetch_failed';
