-- One row per alert and channel: whether it got there, how often it was tried, and what is to come.
CREATE TABLE IF NOT EXISTS delivery (
    alert_id VARCHAR, channel VARCHAR, is_delivered BOOLEAN, attempts INTEGER, last_attempt_at TIMESTAMP, reason VARCHAR,
    state VARCHAR, round INTEGER, delivered_round INTEGER, delivered_at TIMESTAMP, claimed_until TIMESTAMP, retry_from TIMESTAMP,
    message_id VARCHAR, is_uncertain BOOLEAN, repeats INTEGER
);
MERGE INTO delivery USING (
    WITH told AS (
        SELECT position, stream AS alert_id, type, occurred_at,
            unnest(from_json(data, '{"channel":"VARCHAR","attempt":"INTEGER","reason":"VARCHAR","why":"VARCHAR","round":"INTEGER","until":"VARCHAR",
                "retry_from":"VARCHAR","message_id":"VARCHAR","is_uncertain":"BOOLEAN","is_repeat":"BOOLEAN"}'))
        FROM log.fresh WHERE type IN ('alert.delivery_claimed', 'alert.delivered', 'alert.delivery_failed', 'alert.withheld', 'alert.resend_asked')
    )
    SELECT alert_id, channel, bool_or(type = 'alert.delivered') AS is_delivered, max(coalesce(attempt, 0)) AS attempts,
        arg_max(occurred_at, position) FILTER (type IN ('alert.delivered', 'alert.delivery_failed')) AS last_attempt_at,
        arg_max(CASE type WHEN 'alert.delivery_failed' THEN reason WHEN 'alert.withheld' THEN why ELSE '' END, position)
            FILTER (type IN ('alert.delivered', 'alert.delivery_failed', 'alert.withheld')) AS reason,
        arg_max(CASE type WHEN 'alert.delivery_claimed' THEN 'claimed' WHEN 'alert.delivered' THEN 'delivered' WHEN 'alert.delivery_failed' THEN 'failed'
            WHEN 'alert.withheld' THEN 'withheld' ELSE 'asked' END, position) AS state,
        max(coalesce("round", 1)) AS round, coalesce(max(coalesce("round", 1)) FILTER (type = 'alert.delivered'), 0) AS delivered_round,
        max(occurred_at) FILTER (type = 'alert.delivered') AS delivered_at,
        arg_max(coalesce(until, ''), position) AS claimed_until, arg_max(coalesce(retry_from, ''), position) AS retry_from,
        arg_max(coalesce(message_id, ''), position) FILTER (type = 'alert.delivery_claimed') AS message_id,
        arg_max(type = 'alert.delivery_failed' AND coalesce(is_uncertain, false), position)
            FILTER (type IN ('alert.delivered', 'alert.delivery_failed')) AS is_uncertain,
        count(*) FILTER (type = 'alert.delivery_claimed' AND is_repeat) AS repeats
    FROM told GROUP BY alert_id, channel
) AS now ON delivery.alert_id = now.alert_id AND delivery.channel = now.channel
WHEN MATCHED THEN UPDATE SET is_delivered = delivery.is_delivered OR now.is_delivered, attempts = greatest(delivery.attempts, now.attempts),
    last_attempt_at = coalesce(now.last_attempt_at, delivery.last_attempt_at),
    reason = CASE WHEN now.reason IS NULL THEN delivery.reason ELSE nullif(now.reason, '') END,
    state = now.state, round = greatest(delivery.round, now.round), delivered_round = greatest(delivery.delivered_round, now.delivered_round),
    delivered_at = greatest(delivery.delivered_at, now.delivered_at), claimed_until = nullif(now.claimed_until, '')::TIMESTAMP,
    retry_from = nullif(now.retry_from, '')::TIMESTAMP, message_id = coalesce(nullif(now.message_id, ''), delivery.message_id),
    is_uncertain = coalesce(now.is_uncertain, delivery.is_uncertain), repeats = delivery.repeats + now.repeats
WHEN NOT MATCHED THEN INSERT VALUES (now.alert_id, now.channel, now.is_delivered, now.attempts, now.last_attempt_at, nullif(now.reason, ''),
    now.state, now.round, now.delivered_round, now.delivered_at, nullif(now.claimed_until, '')::TIMESTAMP, nullif(now.retry_from, '')::TIMESTAMP,
    nullif(now.message_id, ''), coalesce(now.is_uncertain, false), now.repeats);
