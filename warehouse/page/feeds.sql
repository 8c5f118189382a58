-- One row per feed with its health: report.feed_health.
FROM report.feed_health;
