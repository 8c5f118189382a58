-- One row per event corpus.document_imported: A document of the seed corpus: deduplicated against for ever. Its text may be absent (``body_sha256`` empty).
CREATE OR REPLACE VIEW event.corpus_document_imported AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.document_id' AS "document_id",
    data ->> '$.name' AS "name",
    data ->> '$.title' AS "title",
    data ->> '$.language' AS "language",
    (data ->> '$.published_at')::TIMESTAMP AS "published_at",
    data ->> '$.published_precision' AS "published_precision",
    data ->> '$.bytes_sha256' AS "bytes_sha256",
    data ->> '$.body_sha256' AS "body_sha256",
    data -> '$.fingerprint' AS "fingerprint",
    (data -> '$.proposals')::VARCHAR[] AS "proposals",
    data ->> '$.method' AS "method",
    (data ->> '$.imported_at')::TIMESTAMP AS "imported_at"
FROM log.event WHERE type = 'corpus.document_imported';
