-- One row per document of the seed corpus, known by its fingerprint (its text need not be kept).
CREATE TABLE IF NOT EXISTS document (
    document_id VARCHAR, topic VARCHAR, name VARCHAR, title VARCHAR, language VARCHAR, published_at TIMESTAMP,
    published_precision VARCHAR, bytes_sha256 VARCHAR, body_sha256 VARCHAR, words INTEGER, proposals VARCHAR[], imported_at TIMESTAMP
);
MERGE INTO document USING (
    WITH touched AS (  -- what it is comes from its first import, its text from the last that had one
        SELECT stream, min(position) AS first, arg_max(data ->> '$.body_sha256', position) AS body_sha256,
            arg_max((data ->> '$.fingerprint.words')::INTEGER, position) AS words
        FROM log.fresh WHERE type = 'corpus.document_imported' GROUP BY stream
    )
    SELECT touched.stream AS document_id, topic, (data ->> '$.name') AS name, (data ->> '$.title') AS title, (data ->> '$.language') AS language,
        (data ->> '$.published_at')::TIMESTAMP AS published_at, (data ->> '$.published_precision') AS published_precision,
        (data ->> '$.bytes_sha256') AS bytes_sha256, touched.body_sha256, touched.words, (data -> '$.proposals')::VARCHAR[] AS proposals,
        occurred_at AS imported_at
    FROM touched JOIN log.fresh ON fresh.position = touched.first
) AS now ON document.document_id = now.document_id
WHEN MATCHED THEN UPDATE SET body_sha256 = coalesce(now.body_sha256, document.body_sha256), words = now.words
WHEN NOT MATCHED THEN INSERT VALUES (now.document_id, now.topic, now.name, now.title, now.language, now.published_at,
    now.published_precision, now.bytes_sha256, now.body_sha256, now.words, now.proposals, now.imported_at);
