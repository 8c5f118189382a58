-- One row per event feed.registered: A feed of the profile became known, or its name or classification changed.
CREATE OR REPLACE VIEW event.feed_registered AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.feed_id' AS "feed_id",
    data ->> '$.url' AS "url",
    data ->> '$.name' AS "name",
    data ->> '$.language' AS "language",
    data ->> '$.country' AS "country",
    data ->> '$.kind' AS "kind",
    (data ->> '$.registered_at')::TIMESTAMP AS "registered_at"
FROM log.event WHERE type = 'feed.registered';
