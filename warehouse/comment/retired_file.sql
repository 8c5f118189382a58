-- What main.retired_file and its columns mean.
COMMENT ON TABLE main.retired_file IS 'Files of raw pages that were let go when their time was over (`monitor retain`).';
COMMENT ON COLUMN main.retired_file.file IS 'The file below the archive, as page.record_file names it.';
COMMENT ON COLUMN main.retired_file.day IS 'Day (UTC) on which its records were written.';
COMMENT ON COLUMN main.retired_file.bytes IS 'Bytes that it had.';
COMMENT ON COLUMN main.retired_file.keep_days IS 'How many days were to be kept.';
COMMENT ON COLUMN main.retired_file.retired_at IS 'UTC moment at which it was let go.';
COMMENT ON COLUMN main.retired_file."position" IS 'Position in the log of the event that made the row; grows with time of recording.';
