-- One row per event article.post_found: A post of a live blog was seen, for the first time or in another wording; its text lies in ``log.body``.
CREATE OR REPLACE VIEW event.article_post_found AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.article_id' AS "article_id",
    data ->> '$.post_id' AS "post_id",
    (data ->> '$.ordinal')::BIGINT AS "ordinal",
    data ->> '$.url' AS "url",
    data ->> '$.headline' AS "headline",
    (data ->> '$.published_at')::TIMESTAMP AS "published_at",
    data ->> '$.published_precision' AS "published_precision",
    data ->> '$.body_sha256' AS "body_sha256",
    (data ->> '$.words')::BIGINT AS "words",
    data ->> '$.page_event' AS "page_event",
    data ->> '$.method' AS "method",
    (data ->> '$.found_at')::TIMESTAMP AS "found_at"
FROM log.event WHERE type = 'article.post_found';
