-- Takes the words in the variable `masked` (JSON: event_id, data) and the texts in `removed` out of the lake, inside the caller's transaction; nothing without.
-- The bytes stay in older Parquet files until `monitor lake compact` lets the snapshots go that need them.
INSERT INTO lake.log.redaction
SELECT (SELECT redactions FROM lake.log.head) + row_number() OVER (), event.event_id, sha256(event.data::VARCHAR) FROM lake.log.event
SEMI JOIN (SELECT unnest(from_json_strict(coalesce(getvariable('masked')::VARCHAR, '[]'), '[{"event_id":"UUID","data":"VARCHAR"}]'), recursive := true)) AS masked USING (event_id)
ANTI JOIN lake.log.redaction AS kept USING (event_id);
UPDATE lake.log.event SET data = masked.data FROM (
    SELECT unnest(from_json_strict(coalesce(getvariable('masked')::VARCHAR, '[]'), '[{"event_id":"UUID","data":"VARCHAR"}]'), recursive := true)
) AS masked WHERE event.event_id = masked.event_id;
-- A row for each text, too, under half of its hash: those who follow must hear of a text whose events have no words to take out.
INSERT INTO lake.log.redaction
SELECT (SELECT count(*) FROM lake.log.redaction) + row_number() OVER (), substr(sha256, 1, 32)::UUID, sha256
FROM lake.log.body WHERE list_contains(getvariable('removed')::VARCHAR[], sha256);
DELETE FROM lake.log.body WHERE list_contains(getvariable('removed')::VARCHAR[], sha256);
UPDATE lake.log.head SET redactions = (SELECT count(*) FROM lake.log.redaction);
