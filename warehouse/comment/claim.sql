-- What main.claim and its columns mean.
COMMENT ON TABLE main.claim IS 'Claims: somebody says that a party takes a stance on a proposal. None of them is stated here as a fact.';
COMMENT ON COLUMN main.claim.claim_id IS 'Id of the claim.';
COMMENT ON COLUMN main.claim.topic IS 'Id of the topic, as its profile names it.';
COMMENT ON COLUMN main.claim.mention_id IS 'Mention that the stance is on.';
COMMENT ON COLUMN main.claim.article_id IS 'Id of the article, made from its canonical address.';
COMMENT ON COLUMN main.claim.party IS 'Party that is said to take the stance.';
COMMENT ON COLUMN main.claim.act IS 'The stance, as claimed: proposed, accepted, accepted_in_principle, rejected, conveyed, received, studying and others of the language packs.';
COMMENT ON COLUMN main.claim.scope IS 'What it is on: the whole proposal or a term of it.';
COMMENT ON COLUMN main.claim.is_negated IS 'Whether the text denies it (has not rejected).';
COMMENT ON COLUMN main.claim.said_by IS 'Whose word it is: a party, an official of one (official:party), anonymous, or writer for the text''s own voice.';
COMMENT ON COLUMN main.claim.span_start IS 'Where the sentence begins: code points from the start of the text.';
COMMENT ON COLUMN main.claim.span_end IS 'Where it ends (exclusive).';
COMMENT ON COLUMN main.claim.sentence IS 'The sentence that it rests on, letter for letter.';
COMMENT ON COLUMN main.claim.rule IS 'Name of the rule that fired.';
COMMENT ON COLUMN main.claim.method IS 'Version of the rules.';
COMMENT ON COLUMN main.claim.made_at IS 'UTC moment of the reading; when it was published stands in mention.reported_at.';
COMMENT ON COLUMN main.claim.recorded_at IS 'UTC moment at which this was written to the log.';
COMMENT ON COLUMN main.claim."position" IS 'Position in the log of the event that made the row; grows with time of recording.';
