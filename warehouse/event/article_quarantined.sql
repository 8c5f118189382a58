-- One row per event article.quarantined: A page was read, but its text is not the article's: kept with the reason, not judged, not read, not counted.
CREATE OR REPLACE VIEW event.article_quarantined AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.article_id' AS "article_id",
    data ->> '$.url' AS "url",
    data ->> '$.outlet' AS "outlet",
    data ->> '$.feed_id' AS "feed_id",
    data ->> '$.title' AS "title",
    data ->> '$.language' AS "language",
    data ->> '$.body_sha256' AS "body_sha256",
    (data ->> '$.words')::BIGINT AS "words",
    data ->> '$.reason' AS "reason",
    data ->> '$.detail' AS "detail",
    data ->> '$.page_sha256' AS "page_sha256",
    data ->> '$.page_event' AS "page_event",
    data ->> '$.method' AS "method",
    (data ->> '$.quarantined_at')::TIMESTAMP AS "quarantined_at"
FROM log.event WHERE type = 'article.quarantined';
