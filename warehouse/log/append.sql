-- Appends the batch in the variables `events` and `bodies` (JSON arrays) inside the caller's transaction; nothing without them.
-- `recurring` lists the types whose events come again and again on one subject: their ids hold a moment or a run, so a copy of
-- one lies within a day of it. `spooled` is the number of the batch's file in the spool.
CREATE OR REPLACE TEMP TABLE batch AS
SELECT row.*, from_json(row.data, '{"entry_id":"VARCHAR","article_id":"VARCHAR","mention_id":"VARCHAR"}') AS names
FROM (SELECT unnest(from_json_strict(coalesce(getvariable('events')::VARCHAR, '[]'), '[{"ordinal":"BIGINT","event_id":"UUID","type":"VARCHAR","version":"INTEGER",
    "stream":"VARCHAR","topic":"VARCHAR","caused_by":"UUID","run_id":"VARCHAR","occurred_at":"TIMESTAMP","recorded_at":"TIMESTAMP",
    "sha256":"VARCHAR","data":"VARCHAR"}]')) AS row);
CREATE OR REPLACE TEMP TABLE named AS
SELECT key, named.ordinals, subject.position FROM (
    SELECT key, list(ordinal) AS ordinals FROM (
        SELECT ordinal, md5_number_lower(unnest([names.entry_id, names.article_id, names.mention_id])) AS key FROM batch
    ) WHERE key IS NOT NULL GROUP BY key
) AS named LEFT JOIN log.subject USING (key);
-- Where things can lie. An event whose own subject is not in the log cannot be known; the others are sought from where theirs
-- begins; proposals and alerts, whose ids do not rest on the mention and article that they name, everywhere. `touched_from` is
-- where the rows begin that the batch may change, be it only rows that itself brings.
SET VARIABLE bounds = (
    SELECT {head: (SELECT position FROM log.head), touched_from: (SELECT min(position) FROM named), known_from: (
        SELECT min(CASE WHEN subject IS NOT NULL THEN named.position
            WHEN list_contains(getvariable('recurring')::VARCHAR[], own.type) THEN (
                SELECT min(first_position) FROM log.batch WHERE recorded_at >= (SELECT min(occurred_at) FROM batch) - INTERVAL 1 DAY)
            ELSE 0 END)
        FROM (SELECT type, CASE WHEN list_contains([names.mention_id, names.entry_id, names.article_id], stream)
            THEN coalesce(names.mention_id, names.entry_id, names.article_id) END AS subject FROM batch) AS own
        LEFT JOIN named ON named.key = md5_number_lower(own.subject))}
);
SET VARIABLE touched_from = coalesce(getvariable('bounds').touched_from, getvariable('bounds').head + 1);
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT number.position, batch.event_id, type, "version", stream, topic, caused_by, run_id, occurred_at, recorded_at, data, sha256, ordinal
FROM batch JOIN (
    SELECT ordinal, getvariable('bounds').head + row_number() OVER (ORDER BY ordinal) AS position
    FROM (SELECT event_id, min(ordinal) AS ordinal FROM batch GROUP BY event_id) AS once
    ANTI JOIN (SELECT event_id FROM log.event WHERE position >= coalesce(getvariable('bounds').known_from, 9223372036854775807)) AS event USING (event_id)
) AS number USING (ordinal) ORDER BY number.position;
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
