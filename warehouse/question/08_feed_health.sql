-- How each feed is doing.
FROM report.feed_health;
