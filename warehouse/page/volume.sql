-- One row per day of the last `days` days (a variable; 30) before the newest poll: articles and independent texts on the topic, and each feed's share of them.
-- per_feed: articles for each feed that answered; NULL where fewer than half of the known feeds did, so that an outage of ours does not look like calm.
WITH day AS (
    SELECT * FROM report.coverage_daily WHERE day > (SELECT max(day) FROM report.coverage_daily) - coalesce(getvariable('days')::INTEGER, 30)
), count AS (
    SELECT first_seen_at::DATE AS day, count(*) AS articles, count(DISTINCT coalesce(cluster_id, article_id)) AS texts
    FROM article WHERE gate IS DISTINCT FROM 'off_topic' AND first_seen_at >= (SELECT min(day) FROM day) GROUP BY ALL
)
SELECT day.day AS bucket, coalesce(count.articles, 0) AS articles, coalesce(count.texts, 0) AS texts, coalesce(count.articles, 0) AS all_articles, day.feeds_known, day.feeds_alive, day.polls,
    CASE WHEN day.feeds_alive > 0 AND day.feeds_alive >= day.feeds_known / 2 THEN round(coalesce(count.articles, 0) / day.feeds_alive, 4) END AS per_feed,
    CASE WHEN day.polls = 0 THEN 'no polls' WHEN day.feeds_alive < day.feeds_known / 2 THEN 'few feeds' END AS gap
FROM day LEFT JOIN count USING (day) ORDER BY day.day;
