-- One row per event proposal.dismissed: A person says that this is no proposal. It stays in the ledger, so that what means it opens no other one.
CREATE OR REPLACE VIEW event.proposal_dismissed AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.ruling_id' AS "ruling_id",
    data ->> '$.proposal_id' AS "proposal_id",
    (data ->> '$.is_off')::BOOLEAN AS "is_off",
    data ->> '$.author' AS "author",
    data ->> '$.reason' AS "reason",
    (data ->> '$.dismissed_at')::TIMESTAMP AS "dismissed_at"
FROM log.event WHERE type = 'proposal.dismissed';
