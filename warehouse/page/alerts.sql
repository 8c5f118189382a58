-- One row per alert, the newest first, with its evidence and how far it got.
SELECT evidence.*, alert.proposal_id, alert.article_id, alert.title, alert.party, alert.from_stance, alert.to_stance, alert.feed_event, alert.since, alert.corrects, feed.name AS feed,
    (SELECT list({channel: channel, is_delivered: is_delivered, attempts: attempts, reason: reason} ORDER BY channel) FROM delivery WHERE delivery.alert_id = alert.alert_id) AS deliveries
FROM report.alert_evidence AS evidence JOIN alert USING (alert_id) LEFT JOIN feed ON feed.feed_id = alert.feed_id ORDER BY evidence.raised_at DESC, evidence.label LIMIT 200;
