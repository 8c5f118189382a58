-- One row per event article.read: The rules of one version read one text, which ``text_event`` brought. This is what says "read, and nothing found".
CREATE OR REPLACE VIEW event.article_read AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.article_id' AS "article_id",
    data ->> '$.text_event' AS "text_event",
    data ->> '$.body_sha256' AS "body_sha256",
    data ->> '$.gate' AS "gate",
    (data -> '$.gate_why')::VARCHAR[] AS "gate_why",
    (data ->> '$.mentions')::BIGINT AS "mentions",
    (data ->> '$.claims')::BIGINT AS "claims",
    data ->> '$.method' AS "method",
    (data ->> '$.read_at')::TIMESTAMP AS "read_at"
FROM log.event WHERE type = 'article.read';
