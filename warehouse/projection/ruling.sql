-- One row per thing that a person decided about the ledger: proposals merged, split, renamed, dismissed, confirmed; mentions assigned.
CREATE TABLE IF NOT EXISTS ruling (
    ruling_id VARCHAR, topic VARCHAR, act VARCHAR, proposal_id VARCHAR, other_id VARCHAR, mention_id VARCHAR, outcome VARCHAR,
    from_outcome VARCHAR, label VARCHAR, is_off BOOLEAN, author VARCHAR, reason VARCHAR, ruled_at TIMESTAMP, event_id VARCHAR,
    recorded_at TIMESTAMP, position BIGINT
);
INSERT INTO ruling
SELECT (data ->> '$.ruling_id'), topic,
    CASE "type" WHEN 'proposal.merged' THEN 'merged' WHEN 'proposal.split' THEN 'split' WHEN 'proposal.renamed' THEN 'renamed'
        WHEN 'proposal.dismissed' THEN 'dismissed' WHEN 'proposal.confirmed' THEN 'confirmed' WHEN 'mention.assigned' THEN 'assigned' END,
    (data ->> '$.proposal_id'), coalesce((data ->> '$.into_id'), (data ->> '$.from_id'), (data ->> '$.from_proposal_id')), (data ->> '$.mention_id'),
    (data ->> '$.outcome'), (data ->> '$.from_outcome'), (data ->> '$.label'), coalesce((data ->> '$.is_off')::BOOLEAN, false), (data ->> '$.author'),
    (data ->> '$.reason'), occurred_at, event_id::VARCHAR, recorded_at, position
FROM log.fresh WHERE "type" IN ('proposal.merged', 'proposal.split', 'proposal.renamed', 'proposal.dismissed', 'proposal.confirmed', 'mention.assigned')
ORDER BY position;
