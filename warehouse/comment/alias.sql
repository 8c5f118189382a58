-- What main.alias and its columns mean.
COMMENT ON TABLE main.alias IS 'Other addresses of known articles: an entry that comes with one is taken for the article.';
COMMENT ON COLUMN main.alias.alias_id IS 'Id that an article of that address would have.';
COMMENT ON COLUMN main.alias.article_id IS 'Id of the article that it leads to.';
COMMENT ON COLUMN main.alias.topic IS 'Id of the topic, as its profile names it.';
COMMENT ON COLUMN main.alias.url IS 'The other address.';
COMMENT ON COLUMN main.alias.why IS 'What says so: canonical (the page), redirect (the server), amp (one of the two is an AMP page), slug or imported.';
COMMENT ON COLUMN main.alias.found_at IS 'UTC moment at which that was found first.';
COMMENT ON COLUMN main.alias."position" IS 'Position in the log of the event that made the row; grows with time of recording.';
