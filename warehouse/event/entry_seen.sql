-- One row per event entry.seen: An entry stood in a feed for the first time. ``state`` is a digest of its address, title and dates.
CREATE OR REPLACE VIEW event.entry_seen AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.entry_id' AS "entry_id",
    data ->> '$.feed_id' AS "feed_id",
    data ->> '$.entry_key' AS "entry_key",
    data ->> '$.article_id' AS "article_id",
    data ->> '$.url' AS "url",
    data ->> '$.title' AS "title",
    data ->> '$.summary' AS "summary",
    (data ->> '$.published_at')::TIMESTAMP AS "published_at",
    data ->> '$.published_text' AS "published_text",
    data ->> '$.updated_text' AS "updated_text",
    data ->> '$.state' AS "state",
    data ->> '$.language' AS "language",
    data ->> '$.gate' AS "gate",
    (data -> '$.gate_why')::VARCHAR[] AS "gate_why",
    (data ->> '$.seen_at')::TIMESTAMP AS "seen_at",
    data ->> '$.published_precision' AS "published_precision",
    (data -> '$.published_doubts')::VARCHAR[] AS "published_doubts",
    data ->> '$.source' AS "source",
    (data ->> '$.is_rekeyed')::BOOLEAN AS "is_rekeyed"
FROM log.event WHERE type = 'entry.seen';
