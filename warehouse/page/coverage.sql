-- One row: when was polled last, how many feeds are known, alive, failing and silent, and on how many of the last seven days fewer than half answered.
WITH present AS (SELECT max(last_polled_at) AS moment FROM feed), week AS (
    SELECT count(*) FILTER (feeds_alive < feeds_known / 2) AS thin_days FROM report.coverage_daily, present WHERE day > present.moment - INTERVAL 7 DAY
)
SELECT present.moment AS last_polled_at, count(*) AS feeds, count(*) FILTER (feed.failures = 0 AND feed.polls > 0) AS answering, count(*) FILTER (feed.failures > 0) AS failing,
    count(*) FILTER (feed.silent_since = feed.last_new_at) AS silent, count(*) FILTER (feed.last_loss_at > present.moment - INTERVAL 1 DAY) AS with_gaps,
    (SELECT thin_days FROM week) AS thin_days
FROM feed, present WHERE feed.kind <> 'import' GROUP BY present.moment;
