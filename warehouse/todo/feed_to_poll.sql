-- One row per feed that is due, longest overdue first. The variable `now` stands in for the clock.
CREATE OR REPLACE VIEW todo.feed_to_poll AS
SELECT feed_id, topic, url, name, language, etag, last_modified, sha256, failures, next_poll_at
FROM feed WHERE next_poll_at IS NULL OR next_poll_at <= coalesce(getvariable('now')::TIMESTAMP, now() AT TIME ZONE 'UTC')
ORDER BY next_poll_at NULLS FIRST, feed_id;
