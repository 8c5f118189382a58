-- One row per feed: its last poll, what came of it, its failures in a row, its entries, and when it is due.
CREATE OR REPLACE VIEW report.feed_health AS
SELECT feed.name AS feed, feed.language, feed.country, feed.kind, feed.last_outcome AS state, feed.last_reason AS reason,
    feed.failures, feed.polls, count(entry.entry_id) AS entries, max(entry.first_seen_at) AS last_new_entry,
    feed.last_success_at AS last_success, feed.next_poll_at AS next_poll
FROM feed LEFT JOIN entry USING (feed_id) GROUP BY ALL ORDER BY feed.failures DESC, feed.name;
