-- One row per topic and channel that the settings have named: since when it is on, or was turned off.
CREATE TABLE IF NOT EXISTS channel (topic VARCHAR, channel VARCHAR, is_idempotent BOOLEAN, opened_at TIMESTAMP, closed_at TIMESTAMP);
MERGE INTO channel USING (
    SELECT data ->> '$.topic_id' AS topic, stream AS channel, arg_max((data ->> '$.is_idempotent')::BOOLEAN, position) FILTER (type = 'channel.opened') AS is_idempotent,
        arg_max(occurred_at, position) FILTER (type = 'channel.opened') AS opened_at, arg_max(type, position) = 'channel.closed' AS is_closed,
        arg_max(occurred_at, position) AS last_at
    FROM log.fresh WHERE type IN ('channel.opened', 'channel.closed') GROUP BY ALL
) AS now ON channel.topic = now.topic AND channel.channel = now.channel
WHEN MATCHED THEN UPDATE SET is_idempotent = coalesce(now.is_idempotent, channel.is_idempotent), opened_at = coalesce(now.opened_at, channel.opened_at),
    closed_at = CASE WHEN now.is_closed THEN now.last_at END
WHEN NOT MATCHED THEN INSERT VALUES (now.topic, now.channel, now.is_idempotent, now.opened_at, CASE WHEN now.is_closed THEN now.last_at END);
