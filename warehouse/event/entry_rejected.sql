-- One row per event entry.rejected: An entry leads nowhere: no_link, bad_link, or aggregator (a service's token that only the service can resolve).
CREATE OR REPLACE VIEW event.entry_rejected AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.entry_id' AS "entry_id",
    data ->> '$.feed_id' AS "feed_id",
    data ->> '$.entry_key' AS "entry_key",
    data ->> '$.title' AS "title",
    data ->> '$.reason' AS "reason",
    data ->> '$.detail' AS "detail",
    (data ->> '$.seen_at')::TIMESTAMP AS "seen_at"
FROM log.event WHERE type = 'entry.rejected';
