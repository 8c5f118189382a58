-- One row per silence that a feed is in, and per feed whose last gap was not closed, without an alert so far.
CREATE OR REPLACE VIEW todo.feed_alert_to_raise AS
SELECT owed.topic, owed.feed_id, owed.name, owed.url, owed.language, owed.feed_event, owed.since
FROM (
    SELECT topic, feed_id, name, url, language, 'silent' AS feed_event, silent_since AS since FROM feed WHERE silent_since = last_new_at
    UNION ALL
    SELECT topic, feed_id, name, url, language, 'gap', last_loss_at FROM feed WHERE losses > losses_closed AND last_loss_at IS NOT NULL
) AS owed
WHERE NOT EXISTS (FROM alert WHERE alert.kind = 'feed' AND alert.feed_id = owed.feed_id AND alert.feed_event = owed.feed_event AND alert.since = owed.since)
ORDER BY owed.since, owed.feed_id, owed.feed_event;
