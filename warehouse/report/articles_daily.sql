-- One row per day and source: on-topic articles first seen that day (UTC), and how many of them are independent texts.
CREATE OR REPLACE VIEW report.articles_daily AS
WITH counted AS (
    SELECT first_seen_at::DATE AS day, feed_id, outlet, count(*) AS articles, count(*) FILTER (verdict = 'original') AS originals,
        count(*) FILTER (verdict IN ('exact', 'near')) AS copies, sum(revisions) AS edits
    FROM article WHERE gate IS DISTINCT FROM 'off_topic' GROUP BY ALL
)
SELECT counted.day, feed.name AS source, counted.outlet, sum(counted.articles)::BIGINT AS articles, sum(counted.originals)::BIGINT AS originals,
    sum(counted.copies)::BIGINT AS copies, sum(counted.edits)::INTEGER AS edits
FROM counted JOIN feed USING (feed_id) GROUP BY counted.day, feed.name, counted.outlet ORDER BY day, source;
