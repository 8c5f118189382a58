-- Articles and edits by day.
SELECT day, sum(articles)::BIGINT AS articles, sum(originals)::BIGINT AS originals, sum(edits)::BIGINT AS edits
FROM report.articles_daily
GROUP BY day ORDER BY day;
