-- Appends what `sift` found new (one row per event in `fresh`) and the texts in the variable `bodies` to the lake, inside the caller's transaction.
-- Holds only while the replica in which `fresh` was made ends where the lake ends: then its log tells what is known. Whoever was
-- faster changed the head, and this update finds no row, or fails at the commit.
UPDATE lake.log.head SET position = position + (SELECT count(*) FROM fresh), batch = batch + 1
WHERE position = (SELECT position FROM log.head) AND batch = (SELECT coalesce(max(number), -1) FROM log.batch);
INSERT INTO lake.log.event SELECT * EXCLUDE (ordinal, sha256) FROM fresh ORDER BY position;
INSERT INTO lake.log.body
SELECT (SELECT coalesce(max(number), -1) + 1 FROM log.batch), body.sha256, body.text FROM (
    SELECT DISTINCT ON (row.sha256) row.sha256, row.text, substr(row.sha256, 1, 32)::UUID AS key
    FROM (SELECT unnest(from_json_strict(coalesce(getvariable('bodies')::VARCHAR, '[]'), '[{"sha256":"VARCHAR","text":"VARCHAR"}]')) AS row)
) AS body ANTI JOIN log.body AS kept USING (key);
INSERT INTO lake.log.batch (number, first_position, last_position, recorded_at, sha256) FROM link;
