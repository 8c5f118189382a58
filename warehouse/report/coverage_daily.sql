-- One row per day (UTC) from the first feed to the last poll or run, days without any polls too: the denominator of every trend.
CREATE OR REPLACE VIEW report.coverage_daily AS
WITH span AS (
    SELECT min(registered_at)::DATE AS first_day, (SELECT max(moment)::DATE FROM (SELECT max(last_polled_at) AS moment FROM feed UNION ALL SELECT max(started_at) FROM run)) AS last_day
    FROM feed
), day AS (SELECT unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))::DATE AS day FROM span), poll AS (
    SELECT stream AS feed_id, occurred_at::DATE AS day, count(*) AS polls, count(*) FILTER (type = 'feed.polled') AS answered
    FROM log.event WHERE type IN ('feed.polled', 'feed.poll_failed') GROUP BY ALL
), polled AS (
    SELECT day, count(*) AS feeds_polled, count(*) FILTER (answered > 0) AS feeds_alive, count(*) FILTER (answered = 0) AS feeds_failed,
        sum(polls)::BIGINT AS polls, sum(polls - answered)::BIGINT AS failed_polls FROM poll GROUP BY day
), silence AS (  -- from the report to the next poll with something new
    SELECT event.stream AS feed_id, event.occurred_at::DATE AS began, min(entry.first_seen_at)::DATE AS ended
    FROM log.event LEFT JOIN entry ON entry.feed_id = event.stream AND entry.first_seen_at > event.occurred_at AND entry.source IS NULL AND NOT entry.is_rekeyed
    WHERE event.type = 'feed.fell_silent' GROUP BY event.stream, event.occurred_at
), known AS (SELECT day.day, count(*) AS feeds_known FROM day JOIN feed ON feed.registered_at::DATE <= day.day AND feed.kind <> 'import' GROUP BY day.day
), silent AS (SELECT day.day, count(DISTINCT feed_id) AS feeds_silent FROM day JOIN silence ON silence.began <= day.day AND coalesce(silence.ended >= day.day, true) GROUP BY day.day
), loss AS (SELECT occurred_at::DATE AS day, count(*) AS gaps FROM log.event WHERE type = 'feed.gap_found' GROUP BY ALL
), new AS (SELECT first_seen_at::DATE AS day, count(*) AS new_entries FROM entry WHERE source IS NULL AND NOT is_rekeyed GROUP BY ALL)
SELECT day.day, coalesce(feeds_known, 0) AS feeds_known, coalesce(feeds_polled, 0) AS feeds_polled, coalesce(feeds_alive, 0) AS feeds_alive,
    coalesce(feeds_failed, 0) AS feeds_failed, coalesce(feeds_silent, 0) AS feeds_silent, coalesce(gaps, 0) AS gaps, coalesce(polls, 0) AS polls,
    coalesce(failed_polls, 0) AS failed_polls, coalesce(new_entries, 0) AS new_entries
FROM day LEFT JOIN known USING (day) LEFT JOIN polled USING (day) LEFT JOIN silent USING (day) LEFT JOIN loss USING (day) LEFT JOIN new USING (day) ORDER BY day.day;
