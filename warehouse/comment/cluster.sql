-- What main.cluster and its columns mean.
COMMENT ON VIEW main.cluster IS 'Clusters: articles that carry one text, word for word or nearly. They are one source, however many outlets carry it.';
COMMENT ON COLUMN main.cluster.cluster_id IS 'Id of the cluster: that of its first member, an article or a seed document.';
COMMENT ON COLUMN main.cluster.topic IS 'Id of the topic, as its profile names it.';
COMMENT ON COLUMN main.cluster.first_article_id IS 'Article that was seen first; of those in one poll, the first in the log.';
COMMENT ON COLUMN main.cluster.first_outlet IS 'Outlet of that article. Seen first here: it need not have written the text.';
COMMENT ON COLUMN main.cluster.first_title IS 'Title of that article, in its latest version.';
COMMENT ON COLUMN main.cluster.first_seen_at IS 'UTC moment at which the first article was seen.';
COMMENT ON COLUMN main.cluster.last_seen_at IS 'UTC moment at which the last article was first seen.';
COMMENT ON COLUMN main.cluster.first_published_at IS 'Earliest UTC moment of publication that one of them claims; NULL when none does.';
COMMENT ON COLUMN main.cluster.articles IS 'Articles with this text.';
COMMENT ON COLUMN main.cluster.outlets IS 'Outlets that carry it, each once.';
COMMENT ON COLUMN main.cluster.outlet_names IS 'Their host names.';
COMMENT ON COLUMN main.cluster.languages IS 'Languages of the articles.';
COMMENT ON COLUMN main.cluster.exact_copies IS 'Articles judged the same word for word.';
COMMENT ON COLUMN main.cluster.near_copies IS 'Articles judged nearly the same.';
COMMENT ON COLUMN main.cluster.edits IS 'Edits after publication, of all its articles.';
COMMENT ON COLUMN main.cluster.mentions IS 'Mentions of proposals, of all its articles; NULL before any was read.';
COMMENT ON COLUMN main.cluster.is_from_corpus IS 'Whether the text repeats a document of the seed corpus.';
