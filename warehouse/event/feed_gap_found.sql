-- One row per event feed.gap_found: A poll shared no entry with the one before it: what stood in between has probably rolled off unseen.
CREATE OR REPLACE VIEW event.feed_gap_found AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.feed_id' AS "feed_id",
    (data ->> '$.found_at')::TIMESTAMP AS "found_at",
    (data ->> '$.since')::TIMESTAMP AS "since",
    (data ->> '$.entries')::BIGINT AS "entries"
FROM log.event WHERE type = 'feed.gap_found';
