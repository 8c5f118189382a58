-- One row per event alert.muted: A person wants no alerts about something, until a moment or for good; ``is_off`` takes that back.
CREATE OR REPLACE VIEW event.alert_muted AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.topic_id' AS "topic_id",
    data ->> '$.field' AS "field",
    data ->> '$.value' AS "value",
    (data ->> '$.until')::TIMESTAMP AS "until",
    (data ->> '$.is_off')::BOOLEAN AS "is_off",
    data ->> '$.author' AS "author",
    data ->> '$.reason' AS "reason",
    (data ->> '$.muted_at')::TIMESTAMP AS "muted_at"
FROM log.event WHERE type = 'alert.muted';
