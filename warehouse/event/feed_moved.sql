-- One row per event feed.moved: A feed is polled at another address from now on. Applied after days of valid feeds there, or by a person; reversible.
CREATE OR REPLACE VIEW event.feed_moved AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.feed_id' AS "feed_id",
    data ->> '$.from_url' AS "from_url",
    data ->> '$.to_url' AS "to_url",
    data ->> '$.why' AS "why",
    (data ->> '$.is_pinned')::BOOLEAN AS "is_pinned",
    data ->> '$.duplicate_of' AS "duplicate_of",
    (data ->> '$.moved_at')::TIMESTAMP AS "moved_at"
FROM log.event WHERE type = 'feed.moved';
