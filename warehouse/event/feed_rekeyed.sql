-- One row per event feed.rekeyed: Most entries of a document were new by key and known by title: the publisher renamed them all. Nothing is read for it.
CREATE OR REPLACE VIEW event.feed_rekeyed AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.feed_id' AS "feed_id",
    (data ->> '$.found_at')::TIMESTAMP AS "found_at",
    (data ->> '$.entries')::BIGINT AS "entries",
    (data ->> '$.known_titles')::BIGINT AS "known_titles"
FROM log.event WHERE type = 'feed.rekeyed';
