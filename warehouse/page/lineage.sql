-- One row per proposal that the one in the variable `proposal` hangs together with: varies, is varied by, is merged into, has taken in.
WITH edge AS (
    SELECT 'varies' AS edge, parent_id AS proposal_id, lineage FROM proposal WHERE proposal_id = getvariable('proposal')::VARCHAR AND parent_id IS NOT NULL
    UNION ALL SELECT 'is varied by', proposal_id, lineage FROM proposal WHERE parent_id = getvariable('proposal')::VARCHAR AND merged_into IS NULL
    UNION ALL SELECT 'is merged into', merged_into, NULL FROM proposal WHERE proposal_id = getvariable('proposal')::VARCHAR AND merged_into IS NOT NULL
    UNION ALL SELECT 'has taken in', proposal_id, NULL FROM proposal WHERE merged_into = getvariable('proposal')::VARCHAR
)
SELECT edge.edge, edge.proposal_id, proposal.label, edge.lineage FROM edge LEFT JOIN proposal USING (proposal_id) ORDER BY edge.edge, proposal.label;
