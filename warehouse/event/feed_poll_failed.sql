-- One row per event feed.poll_failed: A poll brought no feed: ``reason`` is one of a closed list (see ``feeds.POLL_FAILURES``).
CREATE OR REPLACE VIEW event.feed_poll_failed AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.feed_id' AS "feed_id",
    (data ->> '$.polled_at')::TIMESTAMP AS "polled_at",
    data ->> '$.reason' AS "reason",
    data ->> '$.detail' AS "detail",
    (data ->> '$.status')::BIGINT AS "status",
    data -> '$.record' AS "record",
    (data ->> '$.next_poll_at')::TIMESTAMP AS "next_poll_at",
    (data ->> '$.weight')::DOUBLE AS "weight",
    (data ->> '$.asked_wait_seconds')::DOUBLE AS "asked_wait_seconds",
    (data ->> '$.is_wait_capped')::BOOLEAN AS "is_wait_capped"
FROM log.event WHERE type = 'feed.poll_failed';
