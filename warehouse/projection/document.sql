-- One row per document of the seed corpus, known by its fingerprint (its text need not be kept).
CREATE TABLE IF NOT EXISTS document (
    document_id VARCHAR, topic VARCHAR, name VARCHAR, title VARCHAR, language VARCHAR, published_at TIMESTAMP,
    published_precision VARCHAR, bytes_sha256 VARCHAR, body_sha256 VARCHAR, words INTEGER, proposals VARCHAR[], imported_at TIMESTAMP
);
MERGE INTO document USING (
    SELECT stream AS document_id, topic, (data ->> '$.name') AS name, (data ->> '$.title') AS title, (data ->> '$.language') AS language,
        (data ->> '$.published_at')::TIMESTAMP AS published_at, (data ->> '$.published_precision') AS published_precision,
        (data ->> '$.bytes_sha256') AS bytes_sha256, (data ->> '$.body_sha256') AS body_sha256,
        (data ->> '$.fingerprint.words')::INTEGER AS words, (data -> '$.proposals')::VARCHAR[] AS proposals, occurred_at AS imported_at
    FROM log.fresh WHERE type = 'corpus.document_imported'
    QUALIFY row_number() OVER (PARTITION BY stream ORDER BY position DESC) = 1
) AS now ON document.document_id = now.document_id
WHEN MATCHED THEN UPDATE SET body_sha256 = coalesce(now.body_sha256, document.body_sha256), words = now.words
WHEN NOT MATCHED THEN INSERT VALUES (now.document_id, now.topic, now.name, now.title, now.language, now.published_at,
    now.published_precision, now.bytes_sha256, now.body_sha256, now.words, now.proposals, now.imported_at);
