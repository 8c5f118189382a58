-- One row per event alert.delivered: A channel took the alert.
CREATE OR REPLACE VIEW event.alert_delivered AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.alert_id' AS "alert_id",
    data ->> '$.channel' AS "channel",
    (data ->> '$.attempt')::BIGINT AS "attempt",
    (data ->> '$.delivered_at')::TIMESTAMP AS "delivered_at"
FROM log.event WHERE type = 'alert.delivered';
