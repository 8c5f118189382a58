-- One row per event proposal.split: A person says that a proposal stands by itself: it was merged, or its mentions were taken for another one's.
CREATE OR REPLACE VIEW event.proposal_split AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.ruling_id' AS "ruling_id",
    data ->> '$.proposal_id' AS "proposal_id",
    data ->> '$.from_id' AS "from_id",
    data ->> '$.author' AS "author",
    data ->> '$.reason' AS "reason",
    (data ->> '$.split_at')::TIMESTAMP AS "split_at"
FROM log.event WHERE type = 'proposal.split';
