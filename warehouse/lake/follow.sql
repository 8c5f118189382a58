-- Takes into a replica what the lake has between its own last batch and the batch in the variable `until_batch` (one row per event in `fresh`).
-- `ends` is where the replica's log ends: its last batch and its last position.
SET VARIABLE ends = (SELECT {batch: coalesce(max(number), -1), position: coalesce(max(last_position), -1)} FROM log.batch);
CREATE OR REPLACE TEMP TABLE pulled AS
SELECT * FROM lake.log.batch WHERE number > getvariable('ends').batch AND number <= getvariable('until_batch')::BIGINT ORDER BY number;
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT * REPLACE (data::VARCHAR AS data) FROM lake.log.event
WHERE position > getvariable('ends').position AND position <= (SELECT max(last_position) FROM pulled) ORDER BY position;
CREATE OR REPLACE TEMP TABLE named AS
SELECT key, first, subject.position FROM (
    SELECT key, min(position) AS first FROM (
        SELECT position, md5_number_lower(unnest([names.entry_id, names.article_id, names.mention_id])) AS key FROM (
            SELECT position, from_json(data, '{"entry_id":"VARCHAR","article_id":"VARCHAR","mention_id":"VARCHAR"}') AS names FROM fresh
        )
    ) WHERE key IS NOT NULL GROUP BY key
) AS named LEFT JOIN log.subject USING (key);
SET VARIABLE touched_from = coalesce((SELECT min(position) FROM named), (SELECT min(position) FROM fresh), 0);
INSERT INTO log.event SELECT * FROM fresh ORDER BY position;
INSERT INTO log.subject SELECT key, first FROM named WHERE position IS NULL ORDER BY first;
INSERT INTO log.body (sha256, text, key)
SELECT sha256, text, key FROM (
    SELECT DISTINCT ON (sha256) sha256, text, substr(sha256, 1, 32)::UUID AS key FROM lake.log.body
    WHERE batch > getvariable('ends').batch AND batch <= getvariable('until_batch')::BIGINT
) AS body ANTI JOIN log.body AS kept USING (key);
INSERT INTO log.batch SELECT * FROM pulled ORDER BY number;
UPDATE log.head SET position = (SELECT coalesce(max(last_position), -1) FROM log.batch);
SELECT type, count(*) FROM fresh GROUP BY type;
