-- One row per event run.finished: A cycle ended; ``counts`` maps event types to how many it appended.
CREATE OR REPLACE VIEW event.run_finished AS
SELECT position, event_id, stream, topic, caused_by, occurred_at, recorded_at,
    data ->> '$.run_id' AS "run_id",
    data -> '$.counts' AS "counts",
    (data ->> '$.finished_at')::TIMESTAMP AS "finished_at"
FROM log.event WHERE type = 'run.finished';
