-- One row per event proposal.merged: A person says that a proposal of the ledger is another one: later mentions of either mean that one.
CREATE OR REPLACE VIEW event.proposal_merged AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.ruling_id' AS "ruling_id",
    data ->> '$.proposal_id' AS "proposal_id",
    data ->> '$.into_id' AS "into_id",
    data ->> '$.author' AS "author",
    data ->> '$.reason' AS "reason",
    (data ->> '$.merged_at')::TIMESTAMP AS "merged_at"
FROM log.event WHERE type = 'proposal.merged';
