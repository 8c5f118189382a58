-- One row per event alert.resend_asked: The alert is to go to a channel once more: a person asked for it, or a rule (``author`` is then "rule").
CREATE OR REPLACE VIEW event.alert_resend_asked AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.alert_id' AS "alert_id",
    data ->> '$.channel' AS "channel",
    (data ->> '$.round')::BIGINT AS "round",
    data ->> '$.author' AS "author",
    data ->> '$.reason' AS "reason",
    (data ->> '$.asked_at')::TIMESTAMP AS "asked_at"
FROM log.event WHERE type = 'alert.resend_asked';
