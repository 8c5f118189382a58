-- One row per run of the pipeline; finished_at is empty where a run was cut off.
CREATE TABLE IF NOT EXISTS run (run_id VARCHAR, topic VARCHAR, program_version VARCHAR, started_at TIMESTAMP, finished_at TIMESTAMP, counts JSON, position BIGINT);
INSERT INTO run (run_id, topic, program_version, started_at, position)
SELECT stream, topic, (data ->> '$.program_version'), occurred_at, position FROM log.fresh WHERE type = 'run.started' ORDER BY position;
MERGE INTO run USING (
    SELECT stream AS run_id, occurred_at AS finished_at, (data -> '$.counts') AS counts, position FROM log.fresh WHERE type = 'run.finished'
) AS now ON run.run_id = now.run_id AND now.position > run.position
WHEN MATCHED THEN UPDATE SET finished_at = now.finished_at, counts = now.counts;
