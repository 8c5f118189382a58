-- One row per event alert.delivery_claimed: A process is about to send the alert; no other one sends it before ``until``. The first claim of an attempt counts.
CREATE OR REPLACE VIEW event.alert_delivery_claimed AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.alert_id' AS "alert_id",
    data ->> '$.channel' AS "channel",
    (data ->> '$.attempt')::BIGINT AS "attempt",
    (data ->> '$.round')::BIGINT AS "round",
    data ->> '$.message_id' AS "message_id",
    (data ->> '$.is_repeat')::BOOLEAN AS "is_repeat",
    (data ->> '$.until')::TIMESTAMP AS "until",
    (data ->> '$.claimed_at')::TIMESTAMP AS "claimed_at"
FROM log.event WHERE type = 'alert.delivery_claimed';
