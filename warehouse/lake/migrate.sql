-- Copies a warehouse's log into an empty lake, inside the caller's transaction: its batches and their hashes as they are, texts with the last batch.
INSERT INTO lake.log.event SELECT * FROM log.event ORDER BY position;
INSERT INTO lake.log.body SELECT (SELECT max(number) FROM log.batch), sha256, text FROM log.body;
INSERT INTO lake.log.batch SELECT * FROM log.batch ORDER BY number;
INSERT INTO lake.log.redaction SELECT row_number() OVER (), event_id, data_sha256 FROM log.redaction;
UPDATE lake.log.head SET position = (SELECT position FROM log.head), batch = (SELECT max(number) FROM log.batch),
    redactions = (SELECT count(*) FROM lake.log.redaction);
