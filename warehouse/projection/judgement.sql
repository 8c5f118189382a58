-- One row per alert and person who said whether it was right: their last word.
CREATE TABLE IF NOT EXISTS judgement (alert_id VARCHAR, author VARCHAR, is_right BOOLEAN, reason VARCHAR, judged_at TIMESTAMP);
MERGE INTO judgement USING (
    SELECT unnest(from_json(data, '{"alert_id":"VARCHAR","author":"VARCHAR","is_right":"BOOLEAN","reason":"VARCHAR"}')), occurred_at
    FROM log.fresh WHERE type = 'alert.judged'
    QUALIFY row_number() OVER (PARTITION BY stream, data ->> '$.author' ORDER BY position DESC) = 1
) AS now ON judgement.alert_id = now.alert_id AND judgement.author = now.author
WHEN MATCHED THEN UPDATE SET is_right = now.is_right, reason = now.reason, judged_at = now.occurred_at
WHEN NOT MATCHED THEN INSERT VALUES (now.alert_id, now.author, now.is_right, now.reason, now.occurred_at);
