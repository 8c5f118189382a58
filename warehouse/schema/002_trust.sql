-- What makes the log one to trust: a chain of hashes over batches, where each subject begins, what the spool has brought in.

-- One row per appended batch. sha256 covers the batch's rows and the previous batch's sha256, so that a change of any earlier
-- event shows (`monitor verify`): the hash chain of Haber and Stornetta 1991, "How to time-stamp a digital document".
CREATE TABLE IF NOT EXISTS log.batch (
    number BIGINT NOT NULL, first_position BIGINT NOT NULL, last_position BIGINT NOT NULL, recorded_at TIMESTAMP NOT NULL, sha256 VARCHAR NOT NULL
);

-- Where an entry, an article or a mention is first named in the log. An event that names it cannot lie before that, so the
-- search for a known event, or for the rows that a batch touches, starts there and not at the beginning. The key is half an MD5
-- and two subjects may share one: such a search then starts too early, never too late.
CREATE TABLE IF NOT EXISTS log.subject (key UBIGINT NOT NULL, position BIGINT NOT NULL);

-- Texts are found by the first half of their SHA-256: 128 bits as one number, four times as fast to scan as 64 characters.
ALTER TABLE log.body ADD COLUMN IF NOT EXISTS key UUID;
UPDATE log.body SET key = substr(sha256, 1, 32)::UUID WHERE key IS NULL;

-- The number of the last file of the spool that is in the log.
ALTER TABLE log.head ADD COLUMN IF NOT EXISTS spooled BIGINT DEFAULT 0;

-- What was taken out on request: the event keeps its place and its hash, here, and loses its words.
CREATE TABLE IF NOT EXISTS log.redaction (event_id UUID NOT NULL, data_sha256 VARCHAR NOT NULL);

-- Which SQL made the relations that are there.
CREATE TABLE IF NOT EXISTS log.relation (name VARCHAR NOT NULL, digest VARCHAR NOT NULL);

-- One line per event, as the chain hashes it; of a redacted one, what it said is covered by the hash kept then.
CREATE OR REPLACE VIEW log.line AS
SELECT event.position, concat_ws('|', event.position, event.event_id, event.type, event."version", event.stream, coalesce(event.topic, ''),
    coalesce(event.caused_by::VARCHAR, ''), event.run_id, epoch_us(event.occurred_at), epoch_us(event.recorded_at),
    coalesce(redaction.data_sha256, sha256(event.data::VARCHAR))) AS line
FROM log.event LEFT JOIN log.redaction USING (event_id);

-- A log of before has no subjects and no chain: both are made from it once.
INSERT INTO log.subject
SELECT key, min(position) FROM (
    SELECT position, md5_number_lower(unnest(list_filter([data ->> '$.entry_id', data ->> '$.article_id', data ->> '$.mention_id'], lambda id : id IS NOT NULL))) AS key
    FROM log.event
) WHERE NOT EXISTS (FROM log.subject) GROUP BY key ORDER BY 2;
INSERT INTO log.batch
SELECT 0, min(event.position), max(event.position), max(event.recorded_at), sha256(concat(chr(10), string_agg(line.line, chr(10) ORDER BY line.position)))
FROM log.event JOIN log.line USING (position) HAVING count(*) > 0 AND NOT EXISTS (FROM log.batch);

-- What the projections have not read yet; `fresh_until` ends it earlier where a long log is read in pieces.
CREATE OR REPLACE VIEW log.fresh AS
SELECT event.* FROM log.event
WHERE event.position > (SELECT position FROM log.checkpoint) AND event.position <= coalesce(getvariable('fresh_until'), 9223372036854775807);
