-- One row per event entry.revised: A known entry came with a title, date or link that it never had before.
CREATE OR REPLACE VIEW event.entry_revised AS
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
    (data ->> '$.is_rekeyed')::BOOLEAN AS "is_rekeyed",
    (data -> '$.changed')::VARCHAR[] AS "changed"
FROM log.event WHERE type = 'entry.revised';
