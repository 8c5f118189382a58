-- One row per proposal with what a mention is compared with: who is named, and when it was on the table.
SELECT proposal_id, label, proposers, claimed_by, mediators, nicknames, active_from, active_until, parent_id, opened_at FROM proposal ORDER BY opened_at, proposal_id;
