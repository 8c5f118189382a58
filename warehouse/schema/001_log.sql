-- The log: the only truth. Everything in the schema main is made from it. Times are UTC.
CREATE SCHEMA IF NOT EXISTS log;
CREATE SCHEMA IF NOT EXISTS event;
CREATE SCHEMA IF NOT EXISTS todo;
CREATE SCHEMA IF NOT EXISTS report;
CREATE SCHEMA IF NOT EXISTS "check";

-- No unique index: a random key costs seconds a checkpoint at ten million rows; the append excludes known ids itself.
CREATE TABLE IF NOT EXISTS log.event (
    position    BIGINT    NOT NULL,  -- gapless, from log.head
    event_id    UUID      NOT NULL,  -- deterministic: the same occurrence always has the same id
    type        VARCHAR   NOT NULL,
    version     INTEGER   NOT NULL,
    stream      VARCHAR   NOT NULL,  -- the subject's id
    topic       VARCHAR,
    caused_by   UUID,
    run_id      VARCHAR   NOT NULL,
    occurred_at TIMESTAMP NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    data        JSON      NOT NULL
);

-- Positions come from this row and never from a sequence: with a sequence, a reader that follows the log skips events.
CREATE TABLE IF NOT EXISTS log.head (id INTEGER NOT NULL, position BIGINT NOT NULL);
INSERT INTO log.head (id, position) SELECT 1, -1 WHERE NOT EXISTS (FROM log.head);

-- Up to where the projections have read; moved in the transaction that appends.
CREATE TABLE IF NOT EXISTS log.checkpoint (id INTEGER NOT NULL, position BIGINT NOT NULL);
INSERT INTO log.checkpoint SELECT 1, -1 WHERE NOT EXISTS (FROM log.checkpoint);

-- Texts by the SHA-256 of their UTF-8 bytes, each once.
CREATE TABLE IF NOT EXISTS log.body (sha256 VARCHAR NOT NULL, text VARCHAR NOT NULL);
