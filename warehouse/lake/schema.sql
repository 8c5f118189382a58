-- The shared log in a lake: the tables of log.*, each once for all who write. The relations are made from it by whoever reads.
CREATE SCHEMA IF NOT EXISTS lake.log;
CREATE TABLE IF NOT EXISTS lake.log.event (
    position BIGINT NOT NULL, event_id UUID NOT NULL, type VARCHAR NOT NULL, version INTEGER NOT NULL, stream VARCHAR NOT NULL, topic VARCHAR, caused_by UUID,
    run_id VARCHAR NOT NULL, occurred_at TIMESTAMP NOT NULL, recorded_at TIMESTAMP NOT NULL, data JSON NOT NULL
);
-- One row, which every append changes: two that start from the same place cannot both be committed. `redactions` tells those who
-- follow that words were taken out; until `held_until` nobody appends, since compaction fails beside writers.
CREATE TABLE IF NOT EXISTS lake.log.head (id INTEGER NOT NULL, position BIGINT NOT NULL, batch BIGINT NOT NULL, redactions BIGINT NOT NULL, held_until TIMESTAMP);
INSERT INTO lake.log.head SELECT 1, -1, -1, 0, NULL WHERE NOT EXISTS (FROM lake.log.head);
CREATE TABLE IF NOT EXISTS lake.log.batch (
    number BIGINT NOT NULL, first_position BIGINT NOT NULL, last_position BIGINT NOT NULL, recorded_at TIMESTAMP NOT NULL, sha256 VARCHAR NOT NULL
);
-- A text comes with the batch that first brought it.
CREATE TABLE IF NOT EXISTS lake.log.body (batch BIGINT NOT NULL, sha256 VARCHAR NOT NULL, text VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS lake.log.redaction (number BIGINT NOT NULL, event_id UUID NOT NULL, data_sha256 VARCHAR NOT NULL);
