-- What report.proposal_ledger and its columns mean.
COMMENT ON VIEW report.proposal_ledger IS 'The ledger for reading: proposals with their terms and first report.';
COMMENT ON COLUMN report.proposal_ledger.proposal_id IS 'Id of the proposal.';
COMMENT ON COLUMN report.proposal_ledger.label IS 'Short name.';
COMMENT ON COLUMN report.proposal_ledger.proposers IS 'Who puts it forward, according to the profile or the first text.';
COMMENT ON COLUMN report.proposal_ledger.terms IS 'Terms in words, as ranges over all that texts (or the profile) state; NULL when none does.';
COMMENT ON COLUMN report.proposal_ledger.varies IS 'Short name of the proposal that it varies; NULL when none.';
COMMENT ON COLUMN report.proposal_ledger.first_seen IS 'UTC moment of the first reading that means it; NULL when no article does.';
COMMENT ON COLUMN report.proposal_ledger.first_reported_by IS 'Outlet of that reading; NULL when no article means it.';
COMMENT ON COLUMN report.proposal_ledger.according_to IS 'Whose word that reading gives; NULL when no article means it.';
COMMENT ON COLUMN report.proposal_ledger.articles IS 'Articles that speak of it, copies included.';
COMMENT ON COLUMN report.proposal_ledger.independent_texts IS 'Texts among them without copies (clusters).';
COMMENT ON COLUMN report.proposal_ledger.status IS 'Status, as the profile says; open for those that texts opened.';
COMMENT ON COLUMN report.proposal_ledger.confirmed_by IS 'Person who confirmed it; NULL when nobody did.';
