-- One row per event model.failed: A model gave no answer that can be read, or none at all. It is asked again by the next run.
CREATE OR REPLACE VIEW event.model_failed AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.article_id' AS "article_id",
    data ->> '$.mention_id' AS "mention_id",
    data ->> '$.body_sha256' AS "body_sha256",
    data ->> '$.model' AS "model",
    data ->> '$.prompt' AS "prompt",
    data ->> '$.prompt_sha256' AS "prompt_sha256",
    data ->> '$.reason' AS "reason",
    (data ->> '$.failed_at')::TIMESTAMP AS "failed_at"
FROM log.event WHERE type = 'model.failed';
