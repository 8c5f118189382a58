-- One row per outlet and origin of its dates: minutes from publication to first sight, from first sight to the alert, and from the alert to its first delivery.
-- Measured are articles that a poll showed after the feed's first one (what stood there before was not missed, it was old) and whose date has a time of
-- day; a date in the future or more than two days before first sight is no latency, and is counted apart. First sight is exact to one poll, hence the interval.
CREATE OR REPLACE VIEW report.latency AS
WITH first_poll AS (
    SELECT feed_id, min(first_seen_at) AS began FROM entry WHERE source IS NULL GROUP BY feed_id
), shown AS (  -- by which feed and when an article was seen first; what files brought in says nothing of polls
    SELECT article_id, min(first_seen_at) AS seen_at, arg_min(feed_id, first_seen_at) AS feed_id
    FROM entry WHERE source IS NULL AND NOT is_rekeyed AND NOT is_rejected GROUP BY article_id
), way AS (
    SELECT article.article_id, article.outlet, article.published_origin AS date_origin, feed.interval_minutes, shown.seen_at > first_poll.began AS is_watched,
        CASE WHEN article.published_precision = 'second' THEN date_diff('second', article.published_at, article.first_seen_at) / 60 END AS minutes
    FROM article JOIN shown ON shown.article_id = article.article_id JOIN first_poll ON first_poll.feed_id = shown.feed_id JOIN feed ON feed.feed_id = shown.feed_id
), sight AS (  -- when the text that an alert rests on was seen: for an edit, that edit
    SELECT alert.alert_id, alert.article_id, date_diff('second', coalesce(min(version.seen_at), any_value(article.first_seen_at)), any_value(alert.raised_at)) / 60 AS to_alert
    FROM alert JOIN article ON article.article_id = alert.article_id LEFT JOIN mention ON mention.mention_id = alert.mention_id
    LEFT JOIN article_version AS version ON version.article_id = alert.article_id AND version.body_sha256 = mention.body_sha256
    GROUP BY alert.alert_id, alert.article_id
), sent AS (
    SELECT delivery.alert_id, date_diff('second', any_value(alert.raised_at), min(delivery.delivered_at)) / 60 AS to_delivery
    FROM delivery JOIN alert ON alert.alert_id = delivery.alert_id WHERE delivery.delivered_at IS NOT NULL GROUP BY delivery.alert_id
), alerted AS (
    SELECT way.outlet, way.date_origin, count(*) AS alerts, median(sight.to_alert) AS to_alert, median(sent.to_delivery) AS to_delivery
    FROM sight JOIN way USING (article_id) LEFT JOIN sent USING (alert_id) GROUP BY ALL
)
SELECT way.outlet, way.date_origin, count(*) AS articles, count(*) FILTER (is_watched AND minutes BETWEEN 0 AND 2880) AS measured,
    count(*) FILTER (minutes < 0) AS future, count(*) FILTER (is_watched AND minutes > 2880) AS older, median(interval_minutes)::INTEGER AS interval_minutes,
    round(median(minutes) FILTER (is_watched AND minutes BETWEEN 0 AND 2880), 1) AS to_sight_minutes,
    round(quantile_cont(minutes, 0.9) FILTER (is_watched AND minutes BETWEEN 0 AND 2880), 1) AS to_sight_of_nine_in_ten,
    coalesce(any_value(alerted.alerts), 0) AS alerts, round(any_value(alerted.to_alert), 1) AS sight_to_alert_minutes, round(any_value(alerted.to_delivery), 1) AS alert_to_delivery_minutes
FROM way LEFT JOIN alerted ON alerted.outlet = way.outlet AND alerted.date_origin = way.date_origin
GROUP BY way.outlet, way.date_origin ORDER BY way.outlet, way.date_origin;
