-- One row per file of raw pages that was let go when its time was over; the first word on a file counts.
CREATE TABLE IF NOT EXISTS retired_file (file VARCHAR, day DATE, bytes BIGINT, keep_days INTEGER, retired_at TIMESTAMP, position BIGINT);
INSERT INTO retired_file
SELECT stream, (data ->> '$.day')::DATE, (data ->> '$.bytes')::BIGINT, (data ->> '$.keep_days')::INTEGER, occurred_at, position
FROM log.fresh WHERE type = 'archive.file_retired';
