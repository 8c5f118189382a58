-- One row: the proposal that the variable `proposal` names, with what it varies. What opened it stands in kin.sql.
SELECT proposal.*, parent.label AS parent_label FROM proposal LEFT JOIN proposal AS parent ON parent.proposal_id = proposal.parent_id
WHERE proposal.proposal_id = getvariable('proposal')::VARCHAR;
