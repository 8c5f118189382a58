-- One row per event topic.revised: The profile in force changed; ``digest`` is the SHA-256 of its content.
CREATE OR REPLACE VIEW event.topic_revised AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.topic_id' AS "topic_id",
    data ->> '$.digest' AS "digest",
    (data ->> '$.revised_at')::TIMESTAMP AS "revised_at"
FROM log.event WHERE type = 'topic.revised';
