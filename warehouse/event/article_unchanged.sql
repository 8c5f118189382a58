-- One row per event article.unchanged: A later reading brought the same text.
CREATE OR REPLACE VIEW event.article_unchanged AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.article_id' AS "article_id",
    data ->> '$.page_event' AS "page_event",
    data ->> '$.body_sha256' AS "body_sha256",
    data ->> '$.method' AS "method",
    (data ->> '$.read_at')::TIMESTAMP AS "read_at"
FROM log.event WHERE type = 'article.unchanged';
