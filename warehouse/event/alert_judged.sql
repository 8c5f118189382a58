-- One row per event alert.judged: A person says whether the alert was right to be raised; of each person the last word counts.
CREATE OR REPLACE VIEW event.alert_judged AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.alert_id' AS "alert_id",
    (data ->> '$.is_right')::BOOLEAN AS "is_right",
    data ->> '$.author' AS "author",
    data ->> '$.reason' AS "reason",
    (data ->> '$.judged_at')::TIMESTAMP AS "judged_at"
FROM log.event WHERE type = 'alert.judged';
