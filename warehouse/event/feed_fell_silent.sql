-- One row per event feed.fell_silent: A feed brought nothing new for longer than all but one in a hundred of its own gaps.
CREATE OR REPLACE VIEW event.feed_fell_silent AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.feed_id' AS "feed_id",
    (data ->> '$.last_new_at')::TIMESTAMP AS "last_new_at",
    (data ->> '$.expected_gap_seconds')::DOUBLE AS "expected_gap_seconds",
    (data ->> '$.gaps')::BIGINT AS "gaps",
    (data ->> '$.fell_silent_at')::TIMESTAMP AS "fell_silent_at"
FROM log.event WHERE type = 'feed.fell_silent';
