-- Appends what `sift` found new, and the texts in the variable `bodies` (a JSON array), inside the caller's transaction; nothing without.
-- `spooled` is the number of the batch's file in the spool. Makes the tables that it reads when they are not there, so that it runs alone.
CREATE TEMP TABLE IF NOT EXISTS fresh (position BIGINT, event_id UUID, type VARCHAR, "version" INTEGER, stream VARCHAR, topic VARCHAR, caused_by UUID,
    run_id VARCHAR, occurred_at TIMESTAMP, recorded_at TIMESTAMP, data VARCHAR, sha256 VARCHAR, ordinal BIGINT);
CREATE TEMP TABLE IF NOT EXISTS link (number BIGINT, first_position BIGINT, last_position BIGINT, recorded_at TIMESTAMP, sha256 VARCHAR);
CREATE TEMP TABLE IF NOT EXISTS named (key UBIGINT, ordinals BIGINT[], position BIGINT);
UPDATE log.head SET position = position + (SELECT count(*) FROM fresh), spooled = greatest(spooled, coalesce(getvariable('spooled')::BIGINT, 0));
INSERT INTO log.event SELECT * EXCLUDE (ordinal, sha256) FROM fresh ORDER BY position;
INSERT INTO log.subject
SELECT key, min(fresh.position) FROM (SELECT key, unnest(ordinals) AS ordinal FROM named WHERE position IS NULL) AS first JOIN fresh USING (ordinal)
GROUP BY key ORDER BY 2;
-- Texts are told apart by the first half of their SHA-256: 128 bits as one number, which a scan compares four times as fast as text.
INSERT INTO log.body (sha256, text, key)
SELECT body.sha256, body.text, body.key FROM (
    SELECT DISTINCT ON (row.sha256) row.sha256, row.text, substr(row.sha256, 1, 32)::UUID AS key
    FROM (SELECT unnest(from_json_strict(coalesce(getvariable('bodies')::VARCHAR, '[]'), '[{"sha256":"VARCHAR","text":"VARCHAR"}]')) AS row)
) AS body ANTI JOIN log.body AS kept USING (key);
INSERT INTO log.batch (number, first_position, last_position, recorded_at, sha256) FROM link;
SELECT event_id, type FROM fresh ORDER BY position;
