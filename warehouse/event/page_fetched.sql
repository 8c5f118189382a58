-- One row per event page.fetched: The bytes of a page were read. ``asked_by`` is the event of the entry that asked for this reading.
CREATE OR REPLACE VIEW event.page_fetched AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.article_id' AS "article_id",
    data ->> '$.url' AS "url",
    data ->> '$.final_url' AS "final_url",
    data ->> '$.asked_by' AS "asked_by",
    (data ->> '$.attempt')::BIGINT AS "attempt",
    (data ->> '$.status')::BIGINT AS "status",
    data ->> '$.content_type' AS "content_type",
    data ->> '$.charset' AS "charset",
    data ->> '$.sha256' AS "sha256",
    (data ->> '$.bytes')::BIGINT AS "bytes",
    data -> '$.record' AS "record",
    (data ->> '$.fetched_at')::TIMESTAMP AS "fetched_at",
    (data ->> '$.reading')::BIGINT AS "reading",
    data ->> '$.etag' AS "etag",
    data ->> '$.last_modified' AS "last_modified",
    (data ->> '$.next_reading_at')::TIMESTAMP AS "next_reading_at"
FROM log.event WHERE type = 'page.fetched';
