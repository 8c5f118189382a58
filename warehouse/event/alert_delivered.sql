-- One row per event alert.delivered: A channel took the alert. ``round`` counts what was asked for: 1, and one more for each reminder or request.
CREATE OR REPLACE VIEW event.alert_delivered AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.alert_id' AS "alert_id",
    data ->> '$.channel' AS "channel",
    (data ->> '$.attempt')::BIGINT AS "attempt",
    (data ->> '$.delivered_at')::TIMESTAMP AS "delivered_at",
    (data ->> '$.round')::BIGINT AS "round",
    data ->> '$.message_id' AS "message_id",
    (data ->> '$.is_repeat')::BOOLEAN AS "is_repeat"
FROM log.event WHERE type = 'alert.delivered';
