-- One row per feed: its last poll, what came of it, its failures in a row, its entries, and when it is due.
CREATE OR REPLACE VIEW report.feed_health AS
WITH counted AS (
    SELECT feed_id, count(*) AS entries, max(first_seen_at) AS last_new_entry FROM entry GROUP BY feed_id
)
SELECT feed.name AS feed, feed.language, feed.country, feed.kind, feed.last_outcome AS state, feed.last_reason AS reason,
    feed.failures, feed.polls, coalesce(counted.entries, 0) AS entries, counted.last_new_entry,
    feed.last_success_at AS last_success, feed.next_poll_at AS next_poll
FROM feed LEFT JOIN counted USING (feed_id) ORDER BY feed.failures DESC, feed.name;
