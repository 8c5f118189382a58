-- One row: how far the log and the runs are, what waits, and how many feeds and channels are in trouble.
SELECT (SELECT position + 1 FROM log.head) AS events, (SELECT spooled FROM log.head) AS spooled, (SELECT max(number) FROM log.step) AS schema_step,
    (SELECT max(recorded_at) FROM log.event) AS last_event_at, (SELECT max(started_at) FROM run) AS last_started_at, (SELECT max(finished_at) FROM run) AS last_finished_at,
    (SELECT count(*) FROM feed WHERE kind <> 'import' AND duplicate_of IS NULL) AS feeds,
    (SELECT count(*) FROM feed WHERE kind <> 'import' AND duplicate_of IS NULL AND failures > 0) AS feeds_failing,
    (SELECT count(*) FROM feed WHERE kind <> 'import' AND duplicate_of IS NULL AND failures = 0 AND silent_since = last_new_at) AS feeds_silent,
    (SELECT count(*) FROM feed WHERE last_loss_at > (SELECT max(last_polled_at) FROM feed) - INTERVAL 1 DAY) AS feeds_with_gaps,
    (SELECT list(name ORDER BY failures DESC, name)[:3] FROM feed WHERE failures > 0 AND kind <> 'import') AS worst_feeds,
    (SELECT count(*) FROM page WHERE outcome IN ('waiting', 'failed')) AS pages_waiting, (SELECT count(*) FROM article WHERE is_to_judge OR is_to_read) AS articles_waiting,
    (SELECT list(DISTINCT channel ORDER BY channel) FROM delivery WHERE state = 'failed') AS channels_failing,
    (SELECT list(DISTINCT channel ORDER BY channel) FROM channel WHERE closed_at IS NULL) AS channels_open,
    (SELECT {file: record_file, "offset": record_offset, length: record_length, sha256: sha256} FROM feed WHERE record_file IS NOT NULL ORDER BY last_document_at DESC LIMIT 1) AS newest_record;
