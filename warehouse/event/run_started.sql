-- One row per event run.started: A cycle began.
CREATE OR REPLACE VIEW event.run_started AS
SELECT position, event_id, stream, topic, caused_by, occurred_at, recorded_at,
    data ->> '$.run_id' AS "run_id",
    data ->> '$.program_version' AS "program_version",
    (data ->> '$.started_at')::TIMESTAMP AS "started_at"
FROM log.event WHERE type = 'run.started';
