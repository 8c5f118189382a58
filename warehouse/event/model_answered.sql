-- One row per event model.answered: A model's answer on a text that the rules left open, kept so that it is never asked again for the same text and question.
CREATE OR REPLACE VIEW event.model_answered AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.article_id' AS "article_id",
    data ->> '$.mention_id' AS "mention_id",
    data ->> '$.body_sha256' AS "body_sha256",
    data ->> '$.model' AS "model",
    data ->> '$.prompt' AS "prompt",
    data ->> '$.prompt_sha256' AS "prompt_sha256",
    data -> '$.proposers' AS "proposers",
    data -> '$.readings' AS "readings",
    (data -> '$.dropped')::VARCHAR[] AS "dropped",
    (data ->> '$.answered_at')::TIMESTAMP AS "answered_at"
FROM log.event WHERE type = 'model.answered';
