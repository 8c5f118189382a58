-- What main.position and its columns mean.
COMMENT ON VIEW main.position IS 'Positions as claimed: party, stance and whose word it is. Where a party stands in fact is not said here.';
COMMENT ON COLUMN main.position.proposal_id IS 'Proposal that the stance is on.';
COMMENT ON COLUMN main.position.label IS 'Its short name.';
COMMENT ON COLUMN main.position.party IS 'Party that is said to take the stance.';
COMMENT ON COLUMN main.position.act IS 'The stance, as claimed.';
COMMENT ON COLUMN main.position.is_negated IS 'Whether the texts deny it.';
COMMENT ON COLUMN main.position.said_by IS 'Whose word it is: a party, official:party, anonymous or writer.';
COMMENT ON COLUMN main.position.articles IS 'Articles with this claim, copies included.';
COMMENT ON COLUMN main.position.first_claimed IS 'UTC moment at which it was first read.';
COMMENT ON COLUMN main.position.last_claimed IS 'UTC moment at which it was last read.';
COMMENT ON COLUMN main.position.sentence IS 'The sentence of the latest such claim.';
COMMENT ON COLUMN main.position.outlet IS 'Outlet of that sentence.';
