-- What main.alert and its columns mean.
COMMENT ON TABLE main.alert IS 'Alerts: one for each proposal that entered the ledger from the news.';
COMMENT ON COLUMN main.alert.alert_id IS 'Id of the alert, from topic, kind and proposal.';
COMMENT ON COLUMN main.alert.topic IS 'Id of the topic, as its profile names it.';
COMMENT ON COLUMN main.alert.kind IS 'new, or variant of a known proposal.';
COMMENT ON COLUMN main.alert.proposal_id IS 'Proposal that it is about.';
COMMENT ON COLUMN main.alert.parent_id IS 'Proposal that this one varies; NULL for a new one.';
COMMENT ON COLUMN main.alert.mention_id IS 'Mention that it rests on.';
COMMENT ON COLUMN main.alert.article_id IS 'Article of that mention.';
COMMENT ON COLUMN main.alert.is_edit IS 'Whether the words came into the article by an edit.';
COMMENT ON COLUMN main.alert.label IS 'Short name of the proposal.';
COMMENT ON COLUMN main.alert.said_by IS 'Whose word it is: a party, official:party, anonymous or writer.';
COMMENT ON COLUMN main.alert.outlet IS 'Host name of the outlet.';
COMMENT ON COLUMN main.alert.title IS 'Title of the article then.';
COMMENT ON COLUMN main.alert.url IS 'Address of the article.';
COMMENT ON COLUMN main.alert.quote IS 'The sentence, letter for letter.';
COMMENT ON COLUMN main.alert.raised_at IS 'UTC moment at which it was raised.';
COMMENT ON COLUMN main.alert."alert" IS 'All of it as JSON, as sent.';
