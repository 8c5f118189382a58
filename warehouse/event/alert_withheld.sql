-- One row per event alert.withheld: The alert will not go to this channel: no subscription wants it, it is muted, or too few report it.
CREATE OR REPLACE VIEW event.alert_withheld AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.alert_id' AS "alert_id",
    data ->> '$.channel' AS "channel",
    data ->> '$.why' AS "why",
    (data ->> '$.withheld_at')::TIMESTAMP AS "withheld_at"
FROM log.event WHERE type = 'alert.withheld';
