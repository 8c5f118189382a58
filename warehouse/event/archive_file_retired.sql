-- One row per event archive.file_retired: A file of raw pages was let go when its time was over: what lies there now says so. What was read from them stays.
CREATE OR REPLACE VIEW event.archive_file_retired AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.file' AS "file",
    data ->> '$.day' AS "day",
    (data ->> '$.bytes')::BIGINT AS "bytes",
    (data ->> '$.keep_days')::BIGINT AS "keep_days",
    (data ->> '$.retired_at')::TIMESTAMP AS "retired_at"
FROM log.event WHERE type = 'archive.file_retired';
