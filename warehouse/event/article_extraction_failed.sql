-- One row per event article.extraction_failed: A page was read but yielded no usable text.
CREATE OR REPLACE VIEW event.article_extraction_failed AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.article_id' AS "article_id",
    data ->> '$.page_event' AS "page_event",
    data ->> '$.page_sha256' AS "page_sha256",
    data ->> '$.reason' AS "reason",
    data ->> '$.detail' AS "detail",
    data ->> '$.method' AS "method",
    (data ->> '$.failed_at')::TIMESTAMP AS "failed_at"
FROM log.event WHERE type = 'article.extraction_failed';
