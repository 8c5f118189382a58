-- What report.entry_outcome and its columns mean.
COMMENT ON VIEW report.entry_outcome IS 'What became of each entry, and why.';
COMMENT ON COLUMN report.entry_outcome.entry_id IS 'Id of the entry.';
COMMENT ON COLUMN report.entry_outcome.feed IS 'Name of the feed.';
COMMENT ON COLUMN report.entry_outcome.title IS 'Title, as the feed gives it.';
COMMENT ON COLUMN report.entry_outcome.url IS 'Canonical address; NULL when rejected.';
COMMENT ON COLUMN report.entry_outcome.first_seen_at IS 'UTC moment of the poll that first showed it.';
COMMENT ON COLUMN report.entry_outcome.article_id IS 'Article that it leads to; NULL when rejected.';
COMMENT ON COLUMN report.entry_outcome.outcome IS 'rejected, off_topic, waiting, failed, given_up, no_text or article.';
COMMENT ON COLUMN report.entry_outcome.why IS 'The reason, or an article''s verdict; NULL when there is nothing to say yet.';
