-- One row per proposal in the ledger. mention_id is empty for those that the profile knows beforehand.
-- What people decided stands in label, merged_into, is_dismissed and confirmed_by; ruling has who and why.
CREATE TABLE IF NOT EXISTS proposal (
    proposal_id VARCHAR, topic VARCHAR, label VARCHAR, kind VARCHAR, status VARCHAR, parent_id VARCHAR, lineage VARCHAR,
    proposers VARCHAR[], claimed_by VARCHAR[], mediators VARCHAR[], nicknames VARCHAR[], announced_at TIMESTAMP,
    active_from TIMESTAMP, active_until TIMESTAMP, readings JSON, mention_id VARCHAR, article_id VARCHAR, opened_at TIMESTAMP,
    opened_event VARCHAR, opened_label VARCHAR, merged_into VARCHAR, is_dismissed BOOLEAN, confirmed_by VARCHAR, recorded_at TIMESTAMP, position BIGINT
);
INSERT INTO proposal
SELECT stream, topic, (data ->> '$.label'), (data ->> '$.kind'), (data ->> '$.status'), (data ->> '$.parent_id'), (data ->> '$.lineage'),
    (data -> '$.proposers')::VARCHAR[], (data -> '$.claimed_by')::VARCHAR[], (data -> '$.mediators')::VARCHAR[],
    (data -> '$.nicknames')::VARCHAR[], (data ->> '$.announced_at')::TIMESTAMP, (data ->> '$.active_from')::TIMESTAMP,
    (data ->> '$.active_until')::TIMESTAMP, (data -> '$.readings'), (data ->> '$.mention_id'), (data ->> '$.article_id'), occurred_at,
    event_id::VARCHAR, (data ->> '$.label'), NULL, false, NULL, recorded_at, position
FROM log.fresh WHERE type IN ('proposal.opened', 'proposal.varied') ORDER BY position;
MERGE INTO proposal USING (
    SELECT stream AS proposal_id, max(position) AS last, arg_max({label: (data ->> '$.label')}, position).label AS label
    FROM log.fresh WHERE type = 'proposal.renamed' GROUP BY stream
) AS now ON proposal.proposal_id = now.proposal_id AND now.last > proposal.position
WHEN MATCHED THEN UPDATE SET label = coalesce(now.label, proposal.opened_label);
MERGE INTO proposal USING (
    SELECT stream AS proposal_id, max(position) AS last, arg_max({into_id: (data ->> '$.into_id')}, position).into_id AS merged_into
    FROM log.fresh WHERE type IN ('proposal.merged', 'proposal.split') GROUP BY stream
) AS now ON proposal.proposal_id = now.proposal_id AND now.last > proposal.position
WHEN MATCHED THEN UPDATE SET merged_into = now.merged_into;
MERGE INTO proposal USING (
    SELECT stream AS proposal_id, max(position) AS last, arg_max((data ->> '$.is_off')::BOOLEAN, position) AS is_off
    FROM log.fresh WHERE type = 'proposal.dismissed' GROUP BY stream
) AS now ON proposal.proposal_id = now.proposal_id AND now.last > proposal.position
WHEN MATCHED THEN UPDATE SET is_dismissed = NOT now.is_off;
MERGE INTO proposal USING (
    SELECT stream AS proposal_id, max(position) AS last, arg_max({is_off: (data ->> '$.is_off')::BOOLEAN, author: (data ->> '$.author')}, position) AS said
    FROM log.fresh WHERE type = 'proposal.confirmed' GROUP BY stream
) AS now ON proposal.proposal_id = now.proposal_id AND now.last > proposal.position
WHEN MATCHED THEN UPDATE SET confirmed_by = CASE WHEN now.said.is_off THEN NULL ELSE now.said.author END;
