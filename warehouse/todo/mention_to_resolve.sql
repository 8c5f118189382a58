-- One row per mention that the ledger has not decided on, in the order of reading.
CREATE OR REPLACE VIEW todo.mention_to_resolve AS
SELECT mention_id, topic, article_id, detected_event, detected_at, reported_at, ordinal
FROM mention WHERE outcome IS NULL
ORDER BY detected_at, reported_at, article_id, ordinal;
