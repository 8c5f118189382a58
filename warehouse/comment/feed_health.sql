-- What report.feed_health and its columns mean.
COMMENT ON VIEW report.feed_health IS 'How each feed is doing.';
COMMENT ON COLUMN report.feed_health.feed IS 'Name of the feed.';
COMMENT ON COLUMN report.feed_health.language IS 'Its language.';
COMMENT ON COLUMN report.feed_health.country IS 'Its country.';
COMMENT ON COLUMN report.feed_health.kind IS 'Kind of source.';
COMMENT ON COLUMN report.feed_health.state IS 'What the last poll brought: parsed, unchanged, not_modified or failed; NULL before the first.';
COMMENT ON COLUMN report.feed_health.reason IS 'Why the last poll failed; NULL when it did not.';
COMMENT ON COLUMN report.feed_health.failures IS 'Failed polls in a row.';
COMMENT ON COLUMN report.feed_health.polls IS 'Polls so far.';
COMMENT ON COLUMN report.feed_health.entries IS 'Entries that it has shown.';
COMMENT ON COLUMN report.feed_health.last_new_entry IS 'UTC moment of its newest entry''s first sight; NULL when it has none.';
COMMENT ON COLUMN report.feed_health.last_success IS 'UTC moment of the last answered poll; NULL when none was.';
COMMENT ON COLUMN report.feed_health.next_poll IS 'UTC moment from which it is due; NULL for at once.';
