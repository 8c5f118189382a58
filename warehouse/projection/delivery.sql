-- One row per alert and channel: whether it got there, and how often it was tried.
CREATE TABLE IF NOT EXISTS delivery (
    alert_id VARCHAR, channel VARCHAR, is_delivered BOOLEAN, attempts INTEGER, last_attempt_at TIMESTAMP, reason VARCHAR
);
MERGE INTO delivery USING (
    SELECT stream AS alert_id, (data ->> '$.channel') AS channel, bool_or(type = 'alert.delivered') AS is_delivered,
        max((data ->> '$.attempt')::INTEGER) AS attempts, arg_max(occurred_at, position) AS last_attempt_at,
        arg_max(coalesce(data ->> '$.reason', ''), position) AS reason
    FROM log.fresh WHERE type IN ('alert.delivered', 'alert.delivery_failed') GROUP BY ALL
) AS now ON delivery.alert_id = now.alert_id AND delivery.channel = now.channel
WHEN MATCHED THEN UPDATE SET is_delivered = delivery.is_delivered OR now.is_delivered, attempts = greatest(delivery.attempts, now.attempts),
    last_attempt_at = now.last_attempt_at, reason = nullif(now.reason, '')
WHEN NOT MATCHED THEN INSERT VALUES (now.alert_id, now.channel, now.is_delivered, now.attempts, now.last_attempt_at, nullif(now.reason, ''));
