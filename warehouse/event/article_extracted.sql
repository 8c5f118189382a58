-- One row per event article.extracted: The first text of an article. Version 1 knew neither section nor flags.
CREATE OR REPLACE VIEW event.article_extracted AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.article_id' AS "article_id",
    data ->> '$.url' AS "url",
    data ->> '$.outlet' AS "outlet",
    data ->> '$.feed_id' AS "feed_id",
    (data ->> '$.first_seen_at')::TIMESTAMP AS "first_seen_at",
    data ->> '$.title' AS "title",
    data ->> '$.title_origin' AS "title_origin",
    (data ->> '$.published_at')::TIMESTAMP AS "published_at",
    data ->> '$.published_origin' AS "published_origin",
    data ->> '$.published_precision' AS "published_precision",
    data ->> '$.author' AS "author",
    data ->> '$.language' AS "language",
    data ->> '$.body_sha256' AS "body_sha256",
    (data ->> '$.words')::BIGINT AS "words",
    data ->> '$.page_sha256' AS "page_sha256",
    data ->> '$.page_event' AS "page_event",
    data ->> '$.method' AS "method",
    (data ->> '$.extracted_at')::TIMESTAMP AS "extracted_at",
    data ->> '$.section' AS "section",
    (data -> '$.flags')::VARCHAR[] AS "flags"
FROM log.event WHERE type = 'article.extracted';
