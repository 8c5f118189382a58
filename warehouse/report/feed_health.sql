-- One row per feed: its state, last success, entries a day against expectation, overlap, latency, gaps, silence, and when it is due.
-- The present is the newest poll in the warehouse, so that a copy of last week says how things stood last week.
CREATE OR REPLACE VIEW report.feed_health AS
WITH present AS (SELECT max(last_polled_at) AS moment FROM feed), seen AS (
    SELECT entry.feed_id, entry.first_seen_at, entry.published_at, 
        entry.first_seen_at <> first_value(entry.first_seen_at) OVER (PARTITION BY entry.feed_id ORDER BY entry.first_seen_at) AS is_watched
    FROM entry JOIN feed USING (feed_id) WHERE entry.source IS NULL AND NOT entry.is_rekeyed
), counted AS (
    SELECT feed_id, count(*) AS entries, max(first_seen_at) AS last_new_entry,
        count(*) FILTER (first_seen_at > present.moment - INTERVAL 1 DAY) AS entries_last_day,
        count(*) FILTER (is_watched AND first_seen_at > present.moment - INTERVAL 29 DAY AND first_seen_at <= present.moment - INTERVAL 1 DAY) AS entries_before,
        -- From publication, as claimed, to first sight; claims later than that, or older than two days, are no latency.
        median(date_diff('second', published_at, first_seen_at) / 60) FILTER (is_watched AND first_seen_at > present.moment - INTERVAL 28 DAY
            AND published_at BETWEEN first_seen_at - INTERVAL 2 DAY AND first_seen_at) AS latency_minutes
    FROM seen, present GROUP BY feed_id
)
SELECT feed.name AS feed, feed.language, feed.country, feed.kind,
    CASE WHEN feed.duplicate_of IS NOT NULL THEN 'duplicate' WHEN feed.last_status = 410 AND feed.failures > 0 THEN 'gone'
         WHEN feed.failures > 0 THEN 'failed' WHEN feed.silent_since = feed.last_new_at THEN 'silent' ELSE feed.last_outcome END AS state,
    feed.last_reason AS reason, feed.last_detail AS detail, feed.failures, feed.polls, coalesce(counted.entries, 0) AS entries, counted.last_new_entry,
    feed.last_success_at AS last_success, feed.next_poll_at AS next_poll, feed.interval_minutes, coalesce(counted.entries_last_day, 0) AS entries_last_day,
    round(counted.entries_before / nullif(least(28, date_diff('hour', feed.registered_at, present.moment) / 24 - 1), 0), 1) AS entries_expected,
    round(feed.known_share, 2) AS overlap, round(counted.latency_minutes, 1) AS latency_minutes, feed.losses AS gaps, feed.losses_closed AS gaps_closed,
    feed.last_loss_at AS last_gap, feed.silent_since IS NOT NULL AND feed.silent_since = feed.last_new_at AS is_silent, feed.silences,
    round(date_diff('second', feed.last_new_at, present.moment) / 3600, 1) AS quiet_hours, round(feed.expected_gap_seconds / 3600, 1) AS expected_quiet_hours,
    feed.policy, feed.is_distrusted, coalesce(feed.poll_url, feed.url) AS address, feed.moved_to, twin.name AS duplicate_of
FROM feed LEFT JOIN counted USING (feed_id) LEFT JOIN feed AS twin ON twin.feed_id = feed.duplicate_of
    CROSS JOIN present -- last: DuckDB keeps it as a comma, which would bind after the joins when the server reads the text again
WHERE feed.kind <> 'import'
ORDER BY feed.failures DESC, is_silent DESC, feed.name;
