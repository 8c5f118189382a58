-- One row per event article.redacted: An article's texts and raw records were taken out on request: hashes, address, title and dates stay, its words do not.
CREATE OR REPLACE VIEW event.article_redacted AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.article_id' AS "article_id",
    data ->> '$.why' AS "why",
    (data ->> '$.redacted_at')::TIMESTAMP AS "redacted_at"
FROM log.event WHERE type = 'article.redacted';
