-- Takes the words in the variable `masked` (JSON: event_id, data) out of the log and the texts in `removed` out of log.body, inside
-- the caller's transaction; nothing without them. The only statement anywhere that changes an event: its hash is kept first.
INSERT INTO log.redaction
SELECT event.event_id, sha256(event.data::VARCHAR) FROM log.event
SEMI JOIN (SELECT unnest(from_json_strict(coalesce(getvariable('masked')::VARCHAR, '[]'), '[{"event_id":"UUID","data":"VARCHAR"}]'), recursive := true)) AS masked USING (event_id)
ANTI JOIN log.redaction AS kept USING (event_id);
UPDATE log.event SET data = masked.data FROM (
    SELECT unnest(from_json_strict(coalesce(getvariable('masked')::VARCHAR, '[]'), '[{"event_id":"UUID","data":"VARCHAR"}]'), recursive := true)
) AS masked WHERE event.event_id = masked.event_id;
DELETE FROM log.body WHERE list_contains(getvariable('removed')::VARCHAR[], sha256);
