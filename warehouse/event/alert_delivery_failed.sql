-- One row per event alert.delivery_failed: A channel refused the alert; the next run tries again.
CREATE OR REPLACE VIEW event.alert_delivery_failed AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.alert_id' AS "alert_id",
    data ->> '$.channel' AS "channel",
    (data ->> '$.attempt')::BIGINT AS "attempt",
    data ->> '$.reason' AS "reason",
    (data ->> '$.failed_at')::TIMESTAMP AS "failed_at"
FROM log.event WHERE type = 'alert.delivery_failed';
