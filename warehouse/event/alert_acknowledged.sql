-- One row per event alert.acknowledged: A person has seen the alert: it is not repeated any more.
CREATE OR REPLACE VIEW event.alert_acknowledged AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.alert_id' AS "alert_id",
    data ->> '$.author' AS "author",
    data ->> '$.reason' AS "reason",
    (data ->> '$.acknowledged_at')::TIMESTAMP AS "acknowledged_at"
FROM log.event WHERE type = 'alert.acknowledged';
