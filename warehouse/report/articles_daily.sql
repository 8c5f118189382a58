-- One row per day and source: on-topic articles first seen that day (UTC), and how many of them are independent texts.
CREATE OR REPLACE VIEW report.articles_daily AS
SELECT article.first_seen_at::DATE AS day, feed.name AS source, article.outlet, count(*) AS articles,
    count(*) FILTER (article.verdict IN ('original', 'twin') OR article.cluster_id = article.article_id) AS originals,
    count(*) FILTER (article.verdict IN ('exact', 'near') AND article.cluster_id <> article.article_id) AS copies,
    sum(article.revisions)::INTEGER AS edits
FROM article JOIN feed USING (feed_id) WHERE article.gate IS DISTINCT FROM 'off_topic'
GROUP BY ALL ORDER BY day, source;
