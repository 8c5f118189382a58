-- One row per event channel.opened: A channel was turned on in the settings: it gets what is raised from now on, and nothing from before.
CREATE OR REPLACE VIEW event.channel_opened AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.topic_id' AS "topic_id",
    data ->> '$.channel' AS "channel",
    (data ->> '$.is_idempotent')::BOOLEAN AS "is_idempotent",
    (data ->> '$.opened_at')::TIMESTAMP AS "opened_at"
FROM log.event WHERE type = 'channel.opened';
