-- One row per alert with the channels that have it already.
CREATE OR REPLACE VIEW todo.alert_to_deliver AS
SELECT alert.alert_id, alert.topic, alert.alert, alert.raised_at, coalesce(list(delivery.channel) FILTER (delivery.is_delivered), []) AS delivered,
    coalesce(map_from_entries(list({k: delivery.channel, v: delivery.attempts}) FILTER (NOT delivery.is_delivered)), MAP {}) AS failed
FROM alert LEFT JOIN delivery USING (alert_id)
GROUP BY ALL ORDER BY alert.raised_at, alert.alert_id;
