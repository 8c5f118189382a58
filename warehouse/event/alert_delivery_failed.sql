-- One row per event alert.delivery_failed: A channel refused the alert, or nobody knows whether it took it (``is_uncertain``). Tried again from ``retry_from`` on.
CREATE OR REPLACE VIEW event.alert_delivery_failed AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.alert_id' AS "alert_id",
    data ->> '$.channel' AS "channel",
    (data ->> '$.attempt')::BIGINT AS "attempt",
    data ->> '$.reason' AS "reason",
    (data ->> '$.failed_at')::TIMESTAMP AS "failed_at",
    (data ->> '$.is_uncertain')::BOOLEAN AS "is_uncertain",
    (data ->> '$.retry_from')::TIMESTAMP AS "retry_from"
FROM log.event WHERE type = 'alert.delivery_failed';
