-- One row per event proposal.confirmed: A person says that this is a proposal, as the ledger has it.
CREATE OR REPLACE VIEW event.proposal_confirmed AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.ruling_id' AS "ruling_id",
    data ->> '$.proposal_id' AS "proposal_id",
    (data ->> '$.is_off')::BOOLEAN AS "is_off",
    data ->> '$.author' AS "author",
    data ->> '$.reason' AS "reason",
    (data ->> '$.confirmed_at')::TIMESTAMP AS "confirmed_at"
FROM log.event WHERE type = 'proposal.confirmed';
