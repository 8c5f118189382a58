-- One row: what was nearest when the proposal in the variable `proposal` was opened, and the points that told it apart; none where the profile names it.
SELECT near.proposal_id, near.label, mention.score, mention.lead, mention.rows
FROM proposal JOIN mention ON mention.mention_id = proposal.mention_id JOIN proposal AS near ON near.proposal_id = mention.nearest_id
WHERE proposal.proposal_id = getvariable('proposal')::VARCHAR;
