-- One row per event feed.polled: A poll was answered. ``entries == new + known + revised + rejected + repeated`` when ``outcome`` is parsed.
CREATE OR REPLACE VIEW event.feed_polled AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.feed_id' AS "feed_id",
    (data ->> '$.polled_at')::TIMESTAMP AS "polled_at",
    data ->> '$.outcome' AS "outcome",
    (data ->> '$.status')::BIGINT AS "status",
    data ->> '$.final_url' AS "final_url",
    data -> '$.record' AS "record",
    data ->> '$.sha256' AS "sha256",
    data ->> '$.etag' AS "etag",
    data ->> '$.last_modified' AS "last_modified",
    data ->> '$.format' AS "format",
    (data ->> '$.is_ill_formed')::BOOLEAN AS "is_ill_formed",
    (data ->> '$.entries')::BIGINT AS "entries",
    (data ->> '$.new')::BIGINT AS "new",
    (data ->> '$.known')::BIGINT AS "known",
    (data ->> '$.revised')::BIGINT AS "revised",
    (data ->> '$.rejected')::BIGINT AS "rejected",
    (data ->> '$.repeated')::BIGINT AS "repeated",
    (data ->> '$.cut')::BIGINT AS "cut",
    (data ->> '$.next_poll_at')::TIMESTAMP AS "next_poll_at"
FROM log.event WHERE type = 'feed.polled';
