-- What main.proposal_term and its columns mean.
COMMENT ON VIEW main.proposal_term IS 'Terms as ranges over all readings: what texts and the profile state, not what is agreed.';
COMMENT ON COLUMN main.proposal_term.proposal_id IS 'Id of the proposal.';
COMMENT ON COLUMN main.proposal_term.topic IS 'Id of the topic, as its profile names it.';
COMMENT ON COLUMN main.proposal_term.label IS 'Short name of the proposal.';
COMMENT ON COLUMN main.proposal_term.term IS 'Kind of term, as the profile names it; duration_days in days.';
COMMENT ON COLUMN main.proposal_term.low IS 'Lowest figure stated; NULL for a term without one.';
COMMENT ON COLUMN main.proposal_term.high IS 'Highest figure stated; NULL for a term without one.';
COMMENT ON COLUMN main.proposal_term.texts IS 'Texts that state it, copies counted once.';
COMMENT ON COLUMN main.proposal_term.outlets IS 'Outlets of these texts.';
COMMENT ON COLUMN main.proposal_term.asserted_by IS 'Whose word it is: a party, official:party, anonymous, writer, or profile.';
COMMENT ON COLUMN main.proposal_term.is_in_profile IS 'Whether the profile states it too.';
COMMENT ON COLUMN main.proposal_term.is_disputed IS 'Whether the figures differ.';
