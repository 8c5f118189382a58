-- One row per event channel.closed: A channel is no longer in the settings.
CREATE OR REPLACE VIEW event.channel_closed AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.topic_id' AS "topic_id",
    data ->> '$.channel' AS "channel",
    (data ->> '$.closed_at')::TIMESTAMP AS "closed_at"
FROM log.event WHERE type = 'channel.closed';
