-- What main.run and its columns mean.
COMMENT ON TABLE main.run IS 'Runs of the pipeline.';
COMMENT ON COLUMN main.run.run_id IS 'Id of the run.';
COMMENT ON COLUMN main.run.topic IS 'Id of the topic, as its profile names it.';
COMMENT ON COLUMN main.run.program_version IS 'Version of the program.';
COMMENT ON COLUMN main.run.started_at IS 'UTC moment of its start.';
COMMENT ON COLUMN main.run.finished_at IS 'UTC moment of its end; NULL where it was cut off or is at work.';
COMMENT ON COLUMN main.run.counts IS 'Events that it appended, by type, as JSON; NULL where it did not end.';
COMMENT ON COLUMN main.run."position" IS 'Position in the log of the event that made the row; grows with time of recording.';
