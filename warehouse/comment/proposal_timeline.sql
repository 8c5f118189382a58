-- What main.proposal_timeline and its columns mean.
COMMENT ON VIEW main.proposal_timeline IS 'Who is said to have proposed and answered what, when, according to whom. What happened in fact is not said here.';
COMMENT ON COLUMN main.proposal_timeline.reported_at IS 'UTC moment of the first report of it.';
COMMENT ON COLUMN main.proposal_timeline.topic IS 'Id of the topic, as its profile names it.';
COMMENT ON COLUMN main.proposal_timeline.proposal_id IS 'Proposal that it is about.';
COMMENT ON COLUMN main.proposal_timeline.label IS 'Its short name.';
COMMENT ON COLUMN main.proposal_timeline.answers IS 'Short name of the proposal that it varies or answers; NULL when none.';
COMMENT ON COLUMN main.proposal_timeline.party IS 'Who is said to propose it or to take the stance.';
COMMENT ON COLUMN main.proposal_timeline.act IS 'proposed, or the stance as claimed.';
COMMENT ON COLUMN main.proposal_timeline.is_negated IS 'Whether the texts deny it.';
COMMENT ON COLUMN main.proposal_timeline.said_by IS 'Whose word it is, over all texts: parties, official:party, anonymous, writer.';
COMMENT ON COLUMN main.proposal_timeline.sentence IS 'The sentence of the first report.';
COMMENT ON COLUMN main.proposal_timeline.article_id IS 'Article of that sentence.';
COMMENT ON COLUMN main.proposal_timeline.outlet IS 'Its outlet.';
COMMENT ON COLUMN main.proposal_timeline.url IS 'Its address.';
COMMENT ON COLUMN main.proposal_timeline.articles IS 'Articles that say it, copies included.';
