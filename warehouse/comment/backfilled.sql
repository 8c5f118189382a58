-- What main.backfilled and its columns mean.
COMMENT ON VIEW main.backfilled IS 'Articles that only files brought in (monitor import) and that were old news by then. What they propose is recorded and raises no alert; once a feed shows one, it leaves this list.';
COMMENT ON COLUMN main.backfilled.article_id IS 'Id of the article.';
COMMENT ON COLUMN main.backfilled.topic IS 'Id of the topic, as its profile names it.';
COMMENT ON COLUMN main.backfilled.first_seen_at IS 'UTC moment of the import.';
COMMENT ON COLUMN main.backfilled.published_at IS 'UTC moment of publication, as the file or the page claims; NULL when neither does.';
