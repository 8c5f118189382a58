-- One row per text that later texts are compared with: articles' texts and the seed corpus. seen_at is empty for the corpus.
CREATE TABLE IF NOT EXISTS fingerprint (
    owner_id VARCHAR, body_sha256 VARCHAR, content_sha256 VARCHAR, cluster_id VARCHAR, words INTEGER, shingles INTEGER,
    one_in INTEGER, sample UBIGINT[], judged_at TIMESTAMP, is_document BOOLEAN, method VARCHAR
);
INSERT INTO fingerprint
SELECT stream, (data ->> '$.body_sha256'), (data ->> '$.fingerprint.content_sha256'), coalesce(data ->> '$.cluster_id', stream),
    (data ->> '$.fingerprint.words')::INTEGER, (data ->> '$.fingerprint.shingles')::INTEGER,
    (data ->> '$.fingerprint.one_in')::INTEGER, (data -> '$.fingerprint.sample')::UBIGINT[], occurred_at,
    type = 'corpus.document_imported', (data ->> '$.method')
FROM log.fresh WHERE type IN ('duplicate.judged', 'corpus.document_imported') ORDER BY position;
