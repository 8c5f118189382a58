-- Appends the batch in the variables `events` and `bodies` (JSON arrays) inside the caller's transaction; nothing without them.
-- `recurring` lists the types whose events come again and again on one subject: their ids hold a moment or a run, so a copy of
-- one lies within a day of it. `spooled` is the number of the batch's file in the spool.
CREATE OR REPLACE TEMP TABLE batch AS
SELECT row.*, from_json(row.data, '{"entry_id":"VARCHAR","article_id":"VARCHAR","mention_id":"VARCHAR"}') AS names
FROM (SELECT unnest(from_json_strict(coalesce(getvariable('events')::VARCHAR, '[]'), '[{"ordinal":"BIGINT","event_id":"UUID","type":"VARCHAR","version":"INTEGER",
    "stream":"VARCHAR","topic":"VARCHAR","caused_by":"UUID","run_id":"VARCHAR","occurred_at":"TIMESTAMP","recorded_at":"TIMESTAMP",
    "sha256":"VARCHAR","data":"VARCHAR"}]')) AS row);
CREATE OR REPLACE TEMP TABLE named AS
SELECT key, named.ordinal, subject.position FROM (
    SELECT key, min(ordinal) AS ordinal FROM (
        SELECT ordinal, md5_number_lower(unnest([names.entry_id, names.article_id, names.mention_id])) AS key FROM batch
    ) WHERE key IS NOT NULL GROUP BY key
) AS named LEFT JOIN log.subject USING (key);
SET VARIABLE touched_from = (SELECT coalesce(min(position), 9223372036854775807) FROM named);
-- An event whose own subject is not in the log cannot be known; the others are sought from where theirs begins.
SET VARIABLE near = (
    SELECT min(position) FROM log.event
    WHERE recorded_at >= (SELECT min(occurred_at) FROM batch WHERE list_contains(getvariable('recurring')::VARCHAR[], type)) - INTERVAL 1 DAY
);
SET VARIABLE known_from = (
    SELECT coalesce(min(CASE WHEN subject IS NOT NULL THEN named.position
        WHEN list_contains(getvariable('recurring')::VARCHAR[], own.type) THEN getvariable('near')::BIGINT ELSE 0 END), 9223372036854775807)
    FROM (SELECT type, coalesce(names.mention_id, names.entry_id, names.article_id) AS subject FROM batch) AS own
    LEFT JOIN named ON named.key = md5_number_lower(own.subject)
);
SET VARIABLE head = (SELECT position FROM log.head);
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT number.position, batch.event_id, type, "version", stream, topic, caused_by, run_id, occurred_at, recorded_at, data, sha256, ordinal
FROM batch JOIN (
    SELECT ordinal, getvariable('head') + row_number() OVER (ORDER BY ordinal) AS position
    FROM (SELECT event_id, min(ordinal) AS ordinal FROM batch GROUP BY event_id) AS once
    ANTI JOIN (SELECT event_id FROM log.event WHERE position >= getvariable('known_from')) AS event USING (event_id)
) AS number USING (ordinal) ORDER BY number.position;
UPDATE log.head SET position = position + (SELECT count(*) FROM fresh), spooled = greatest(spooled, coalesce(getvariable('spooled')::BIGINT, 0));
INSERT INTO log.event SELECT * EXCLUDE (ordinal, sha256) FROM fresh ORDER BY position;
INSERT INTO log.subject
SELECT key, fresh.position FROM named JOIN fresh USING (ordinal) WHERE named.position IS NULL ORDER BY 2;
-- Texts are told apart by the first half of their SHA-256: 128 bits as one number, which a scan compares four times as fast as text.
INSERT INTO log.body (sha256, text, key)
SELECT body.sha256, body.text, body.key FROM (
    SELECT DISTINCT ON (row.sha256) row.sha256, row.text, substr(row.sha256, 1, 32)::UUID AS key
    FROM (SELECT unnest(from_json_strict(coalesce(getvariable('bodies')::VARCHAR, '[]'), '[{"sha256":"VARCHAR","text":"VARCHAR"}]')) AS row)
) AS body ANTI JOIN log.body AS kept USING (key);
-- The chain. What a batch says is fixed by its events alone, so a batch drained twice from the spool gives the same link.
INSERT INTO log.batch
WITH this AS (
    SELECT min(position) AS first, max(position) AS last, max(recorded_at) AS recorded_at,
        string_agg(concat_ws('|', position, event_id, type, "version", stream, coalesce(topic, ''), coalesce(caused_by::VARCHAR, ''),
            run_id, epoch_us(occurred_at), epoch_us(recorded_at), sha256), chr(10) ORDER BY position) AS lines
    FROM fresh HAVING count(*) > 0
), previous AS (SELECT number, sha256 FROM log.batch ORDER BY number DESC LIMIT 1)
SELECT coalesce(previous.number + 1, 0), first, last, recorded_at, sha256(concat(coalesce(previous.sha256, ''), chr(10), lines))
FROM this LEFT JOIN previous ON true;
SELECT event_id, type FROM fresh ORDER BY position;
