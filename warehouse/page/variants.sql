-- One row per proposal that varies or answers the one that the variable `proposal` names.
SELECT proposal_id, label, lineage, opened_at FROM proposal WHERE parent_id = getvariable('proposal')::VARCHAR ORDER BY opened_at, label;
