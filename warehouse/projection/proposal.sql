-- One row per proposal in the ledger. mention_id is empty for those that the profile knows beforehand.
CREATE TABLE IF NOT EXISTS proposal (
    proposal_id VARCHAR, topic VARCHAR, label VARCHAR, kind VARCHAR, status VARCHAR, parent_id VARCHAR, lineage VARCHAR,
    proposers VARCHAR[], claimed_by VARCHAR[], mediators VARCHAR[], nicknames VARCHAR[], announced_at TIMESTAMP,
    active_from TIMESTAMP, active_until TIMESTAMP, readings JSON, mention_id VARCHAR, article_id VARCHAR, opened_at TIMESTAMP,
    opened_event VARCHAR, recorded_at TIMESTAMP, position BIGINT
);
INSERT INTO proposal
SELECT stream, topic, (data ->> '$.label'), (data ->> '$.kind'), (data ->> '$.status'), (data ->> '$.parent_id'), (data ->> '$.lineage'),
    (data -> '$.proposers')::VARCHAR[], (data -> '$.claimed_by')::VARCHAR[], (data -> '$.mediators')::VARCHAR[],
    (data -> '$.nicknames')::VARCHAR[], (data ->> '$.announced_at')::TIMESTAMP, (data ->> '$.active_from')::TIMESTAMP,
    (data ->> '$.active_until')::TIMESTAMP, (data -> '$.readings'), (data ->> '$.mention_id'), (data ->> '$.article_id'), occurred_at,
    event_id::VARCHAR, recorded_at, position
FROM log.fresh WHERE type IN ('proposal.opened', 'proposal.varied') ORDER BY position;
