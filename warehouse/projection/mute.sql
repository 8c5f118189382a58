-- One row per subject of a topic that somebody muted or unmuted: the last word on it.
CREATE TABLE IF NOT EXISTS mute (topic VARCHAR, field VARCHAR, value VARCHAR, is_off BOOLEAN, until TIMESTAMP, author VARCHAR, reason VARCHAR, muted_at TIMESTAMP);
MERGE INTO mute USING (
    SELECT unnest(from_json(data, '{"topic_id":"VARCHAR","field":"VARCHAR","value":"VARCHAR","is_off":"BOOLEAN","until":"VARCHAR","author":"VARCHAR","reason":"VARCHAR"}')), occurred_at
    FROM log.fresh WHERE type = 'alert.muted'
    QUALIFY row_number() OVER (PARTITION BY data ->> '$.topic_id', data ->> '$.field', data ->> '$.value' ORDER BY position DESC) = 1
) AS now ON mute.topic = now.topic_id AND mute.field = now.field AND mute.value = now."value"
WHEN MATCHED THEN UPDATE SET is_off = now.is_off, until = now.until::TIMESTAMP, author = now.author, reason = now.reason, muted_at = now.occurred_at
WHEN NOT MATCHED THEN INSERT VALUES (now.topic_id, now.field, now."value", now.is_off, now.until::TIMESTAMP, now.author, now.reason, now.occurred_at);
