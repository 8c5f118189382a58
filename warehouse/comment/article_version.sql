-- What main.article_version and its columns mean.
COMMENT ON TABLE main.article_version IS 'Every text that an article had: the first and each edit.';
COMMENT ON COLUMN main.article_version.article_id IS 'Id of the article, made from its canonical address.';
COMMENT ON COLUMN main.article_version.body_sha256 IS 'SHA-256 of this text, in hex: its key in log.body.';
COMMENT ON COLUMN main.article_version.title IS 'Title of this version.';
COMMENT ON COLUMN main.article_version.published_at IS 'UTC moment of publication, as claimed in this version; NULL when it claims none.';
COMMENT ON COLUMN main.article_version.seen_at IS 'UTC moment at which this version was seen.';
COMMENT ON COLUMN main.article_version.change IS 'Share of the words'' sequences that changed against the version before, from 0 to 1; NULL for the first.';
COMMENT ON COLUMN main.article_version.previous_sha256 IS 'SHA-256 of the text before; NULL for the first.';
COMMENT ON COLUMN main.article_version.page_sha256 IS 'SHA-256 of the page''s bytes.';
COMMENT ON COLUMN main.article_version.page_event IS 'Id of the reading that it was taken from.';
COMMENT ON COLUMN main.article_version.method IS 'Version of the extraction.';
COMMENT ON COLUMN main.article_version.recorded_at IS 'UTC moment at which this was written to the log.';
COMMENT ON COLUMN main.article_version."position" IS 'Position in the log of the event that made the row; grows with time of recording.';
COMMENT ON COLUMN main.article_version.words_added IS 'Words that are new against the version before, in the shortest difference; NULL for the first and in old logs.';
COMMENT ON COLUMN main.article_version.words_removed IS 'Words of the version before that are gone; NULL for the first and in old logs.';
