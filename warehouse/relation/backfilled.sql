-- One row per article that only files brought in, and that was over three days old by then, or undated: nobody is alerted to it.
CREATE OR REPLACE VIEW main.backfilled AS
WITH imported AS (SELECT DISTINCT article_id FROM entry WHERE source IN ('import', 'url_list', 'sitemap'))
SELECT article.article_id, article.topic, min(entry.first_seen_at) AS first_seen_at, any_value(article.published_at) AS published_at
FROM imported JOIN article ON article.article_id = imported.article_id JOIN entry ON entry.article_id = imported.article_id
JOIN feed ON feed.feed_id = entry.feed_id
GROUP BY article.article_id, article.topic
HAVING bool_and(feed.kind = 'import') AND NOT coalesce(any_value(article.published_at) >= min(entry.first_seen_at) - INTERVAL 3 DAY, false);
