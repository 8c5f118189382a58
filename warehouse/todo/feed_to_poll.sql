-- One row per feed that is due, longest overdue first, with what its poll must know. The variable `now` stands in for the clock.
CREATE OR REPLACE VIEW todo.feed_to_poll AS
SELECT feed_id, topic, url, name, language, etag, last_modified, sha256, failures, poll_url, is_pinned, duplicate_of, moved_to,
    moved_since, policy, last_rekeyed_at, failure_weight, interval_minutes, window_entries, entries_seen, pace_per_hour, peak_per_hour, polls_since_audit,
    is_distrusted, last_document_at, last_unmodified_at, last_success_at, last_new_at, silent_since, expected_gap_seconds, gaps, record_file, record_offset, record_length, next_poll_at
FROM feed WHERE kind <> 'import' AND (next_poll_at IS NULL OR next_poll_at <= coalesce(getvariable('now')::TIMESTAMP, now() AT TIME ZONE 'UTC'))
ORDER BY next_poll_at NULLS FIRST, feed_id;
