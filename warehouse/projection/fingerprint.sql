-- One row per text that later texts are compared with: articles' texts and the seed corpus. An article's
-- stays for thirty days, twice the time in which texts are compared; the text itself stays, and gives it again.
CREATE TABLE IF NOT EXISTS fingerprint (
    owner_id VARCHAR, body_sha256 VARCHAR, content_sha256 VARCHAR, cluster_id VARCHAR, words INTEGER, shingles INTEGER,
    one_in INTEGER, "sample" VARCHAR, judged_at TIMESTAMP, is_document BOOLEAN, method VARCHAR, position BIGINT
);
INSERT INTO fingerprint
SELECT stream, body_sha256, fingerprint.content_sha256, coalesce(cluster_id, stream), fingerprint.words, fingerprint.shingles,
    fingerprint.one_in, CASE WHEN version > 1 THEN fingerprint."sample" ELSE '' END, occurred_at, is_document, "method", position
FROM (SELECT position, stream, version, occurred_at, type = 'corpus.document_imported' AS is_document,
          unnest(from_json(data, '{"body_sha256":"VARCHAR","cluster_id":"VARCHAR","method":"VARCHAR","fingerprint":{"content_sha256":"VARCHAR",
              "words":"INTEGER","shingles":"INTEGER","one_in":"INTEGER","sample":"VARCHAR"}}'))
      FROM log.fresh WHERE type = 'corpus.document_imported' OR (type = 'duplicate.judged' AND occurred_at >= greatest(
          (SELECT max(occurred_at) FROM log.fresh WHERE type = 'duplicate.judged'),
          (SELECT max(judged_at) FROM fingerprint WHERE NOT is_document)) - INTERVAL 30 DAY));
DELETE FROM fingerprint WHERE NOT is_document AND judged_at < (
    SELECT max(occurred_at) - INTERVAL 30 DAY FROM log.fresh WHERE type = 'duplicate.judged');
