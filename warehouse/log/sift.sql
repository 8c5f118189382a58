-- Finds what of the batch in the variable `events` (a JSON array) is new, and its places: one row per new event in the table `fresh`, and
-- the batch's link of the chain in `link`.
-- `recurring` lists the types whose events come again and again on one subject: their ids hold a moment or a run, so a copy of
-- one lies within a day of it.
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
-- The chain. What a batch says is fixed by its events alone, so a batch drained twice from the spool gives the same link.
CREATE OR REPLACE TEMP TABLE link AS
WITH this AS (
    SELECT min(position) AS first_position, max(position) AS last_position, max(recorded_at) AS recorded_at,
        string_agg(concat_ws('|', position, event_id, type, "version", stream, coalesce(topic, ''), coalesce(caused_by::VARCHAR, ''),
            run_id, epoch_us(occurred_at), epoch_us(recorded_at), sha256), chr(10) ORDER BY position) AS lines
    FROM fresh HAVING count(*) > 0
), previous AS (SELECT number, sha256 FROM log.batch ORDER BY number DESC LIMIT 1)
SELECT coalesce(previous.number + 1, 0) AS number, first_position, last_position, recorded_at,
    sha256(concat(coalesce(previous.sha256, ''), chr(10), lines)) AS sha256
FROM this LEFT JOIN previous ON true;
