-- One row per day and outlet of the last `days` days (a variable; 30): articles and independent texts on the topic; outlets beyond the fifteen loudest are `others`.
WITH near AS (
    SELECT first_seen_at::DATE AS day, outlet, coalesce(cluster_id, article_id) AS text
    FROM article WHERE gate IS DISTINCT FROM 'off_topic' AND first_seen_at >= (SELECT max(first_seen_at) FROM article) - to_days(coalesce(getvariable('days')::INTEGER, 30))
), loud AS (SELECT outlet FROM near GROUP BY outlet ORDER BY count(DISTINCT text) DESC, outlet LIMIT 15)
SELECT near.day, coalesce(loud.outlet, 'others') AS outlet, count(*) AS articles, count(DISTINCT near.text) AS texts
FROM near LEFT JOIN loud ON loud.outlet = near.outlet GROUP BY ALL ORDER BY ALL;
