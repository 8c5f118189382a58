-- One row per sampled shingle by which a text of main.fingerprint is found, for as long as that stays there.
-- Without an index: the rows lie by day, so that zone maps leave out what is older than the window; an index made the file
-- eight times as large and nothing faster.
CREATE TABLE IF NOT EXISTS shingle (hash UINTEGER, judged_at TIMESTAMP, is_document BOOLEAN, position BIGINT);
INSERT INTO shingle
SELECT hash, occurred_at, is_document, position
FROM (SELECT position, occurred_at, type = 'corpus.document_imported' AS is_document,
          unnest([('0x' || digits)::UINTEGER FOR digits IN regexp_extract_all(data ->> '$.fingerprint.sample', '[0-9a-f]{8}')]) AS hash
      FROM log.fresh WHERE version > 1 AND (type = 'corpus.document_imported' OR (type = 'duplicate.judged' AND occurred_at >=
          (SELECT max(judged_at) FROM fingerprint WHERE NOT is_document) - INTERVAL 30 DAY)))
WHERE hash % 8 = 0;
DELETE FROM shingle WHERE NOT is_document AND judged_at < (
    SELECT max(occurred_at) - INTERVAL 30 DAY FROM log.fresh WHERE type = 'duplicate.judged');
