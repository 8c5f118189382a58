-- One row per event feed.gap_closed: What a gap hid was sought on the sitemap or archive page that the profile names for the feed.
CREATE OR REPLACE VIEW event.feed_gap_closed AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.feed_id' AS "feed_id",
    (data ->> '$.found_at')::TIMESTAMP AS "found_at",
    (data ->> '$.closed_at')::TIMESTAMP AS "closed_at",
    data ->> '$.url' AS "url",
    (data ->> '$.listed')::BIGINT AS "listed",
    (data ->> '$.new')::BIGINT AS "new",
    data -> '$.record' AS "record"
FROM log.event WHERE type = 'feed.gap_closed';
