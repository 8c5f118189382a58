-- One row per topic: the profile in force.
CREATE TABLE IF NOT EXISTS topic (topic_id VARCHAR, digest VARCHAR, revised_at TIMESTAMP);
MERGE INTO topic USING (
    SELECT stream AS topic_id, (data ->> '$.digest') AS digest, occurred_at AS revised_at
    FROM log.fresh WHERE type = 'topic.revised'
    QUALIFY row_number() OVER (PARTITION BY stream ORDER BY position DESC) = 1
) AS now ON topic.topic_id = now.topic_id
WHEN MATCHED THEN UPDATE SET digest = now.digest, revised_at = now.revised_at
WHEN NOT MATCHED THEN INSERT VALUES (now.topic_id, now.digest, now.revised_at);
