-- What main.ruling and its columns mean.
COMMENT ON TABLE main.ruling IS 'What people decided about the ledger, each with author and reason. One command may take several rows.';
COMMENT ON COLUMN main.ruling.ruling_id IS 'Id of the decision; its rows share it.';
COMMENT ON COLUMN main.ruling.topic IS 'Id of the topic, as its profile names it.';
COMMENT ON COLUMN main.ruling.act IS 'merged, split, renamed, dismissed, confirmed (of proposals) or assigned (of mentions).';
COMMENT ON COLUMN main.ruling.proposal_id IS 'Proposal that it is about; of a mention the one that it means now, NULL for none.';
COMMENT ON COLUMN main.ruling.other_id IS 'Proposal that it was merged into or split from; of a mention the one that it meant before. NULL when none.';
COMMENT ON COLUMN main.ruling.mention_id IS 'Mention that was assigned; NULL for what is about a proposal.';
COMMENT ON COLUMN main.ruling.outcome IS 'What the mention is now; NULL for what is about a proposal.';
COMMENT ON COLUMN main.ruling.from_outcome IS 'What the mention was before; NULL for what is about a proposal.';
COMMENT ON COLUMN main.ruling.label IS 'New short name; NULL when the first one is given back, and for other acts.';
COMMENT ON COLUMN main.ruling.is_off IS 'Whether it takes a dismissal or confirmation back.';
COMMENT ON COLUMN main.ruling.author IS 'Who decided.';
COMMENT ON COLUMN main.ruling.reason IS 'Why, in their words.';
COMMENT ON COLUMN main.ruling.ruled_at IS 'UTC moment of the decision.';
COMMENT ON COLUMN main.ruling.event_id IS 'Id of the event in the log.';
COMMENT ON COLUMN main.ruling.recorded_at IS 'UTC moment at which this was written to the log.';
COMMENT ON COLUMN main.ruling."position" IS 'Position in the log of the event that made the row; grows with time of recording.';
