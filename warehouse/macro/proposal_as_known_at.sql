-- One row per proposal that stood in the ledger at a moment (UTC), with what people had decided about it by then.
-- Example: FROM proposal_as_known_at(TIMESTAMP '2025-06-10 14:00')
CREATE OR REPLACE MACRO proposal_as_known_at(ts) AS TABLE
WITH said AS (
    SELECT proposal.position,
        arg_max({label: ruling.label}, ruling.position) FILTER (ruling.act = 'renamed') AS renamed,
        arg_max({into_id: CASE WHEN ruling.act = 'merged' THEN ruling.other_id END}, ruling.position) FILTER (ruling.act IN ('merged', 'split')) AS merged,
        arg_max(ruling.is_off, ruling.position) FILTER (ruling.act = 'dismissed') AS dismissed_off,
        arg_max({author: CASE WHEN ruling.is_off THEN NULL ELSE ruling.author END}, ruling.position) FILTER (ruling.act = 'confirmed') AS confirmed
    FROM ruling JOIN proposal ON proposal.proposal_id = ruling.proposal_id AND ruling.position > proposal.position
    WHERE ruling.act <> 'assigned' AND ruling.recorded_at <= ts::TIMESTAMP GROUP BY proposal.position
)
SELECT proposal.* REPLACE (coalesce(said.renamed.label, proposal.opened_label) AS label, said.merged.into_id AS merged_into,
    coalesce(NOT said.dismissed_off, false) AS is_dismissed, said.confirmed.author AS confirmed_by)
FROM proposal LEFT JOIN said ON said.position = proposal.position WHERE proposal.recorded_at <= ts::TIMESTAMP;
