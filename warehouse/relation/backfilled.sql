-- One row per article that only files brought in, and that was over three days old by then, or undated: nobody is alerted to it.
CREATE OR REPLACE VIEW main.backfilled AS
SELECT article.article_id, article.topic, min(entry.first_seen_at) AS first_seen_at, any_value(article.published_at) AS published_at
FROM article JOIN entry ON entry.article_id = article.article_id JOIN feed ON feed.feed_id = entry.feed_id
SEMI JOIN (FROM entry WHERE source IN ('import', 'url_list', 'sitemap')) AS imported ON imported.article_id = article.article_id
GROUP BY article.article_id, article.topic
HAVING bool_and(feed.kind = 'import') AND NOT coalesce(any_value(article.published_at) >= min(entry.first_seen_at) - INTERVAL 3 DAY, false);
