-- One row per event proposal.renamed: A person gave a proposal another short name; without ``label`` it has the one again under which it entered the ledger.
CREATE OR REPLACE VIEW event.proposal_renamed AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.ruling_id' AS "ruling_id",
    data ->> '$.proposal_id' AS "proposal_id",
    data ->> '$.label' AS "label",
    data ->> '$.author' AS "author",
    data ->> '$.reason' AS "reason",
    (data ->> '$.renamed_at')::TIMESTAMP AS "renamed_at"
FROM log.event WHERE type = 'proposal.renamed';
