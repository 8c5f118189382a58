-- One row per gap or silence of a feed within the last `days` days (a variable; 30) before the newest poll, the newest first.
SELECT event.occurred_at AS at, if(event.type = 'feed.gap_found', 'gap', 'silence') AS what, feed.name AS feed, feed.expected_gap_seconds / 3600 AS usual_hours,
    feed.silent_since = feed.last_new_at AND event.type = 'feed.fell_silent' AS is_silent_now
FROM log.event JOIN feed ON feed.feed_id = event.stream
WHERE event.type IN ('feed.gap_found', 'feed.fell_silent') AND event.occurred_at > (SELECT max(last_polled_at) FROM feed) - to_days(coalesce(getvariable('days')::INTEGER, 30))
ORDER BY event.occurred_at DESC, feed.name LIMIT 100;
