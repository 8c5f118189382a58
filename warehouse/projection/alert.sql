-- One row per alert: once for each proposal that entered the ledger from the news.
CREATE TABLE IF NOT EXISTS alert (
    alert_id VARCHAR, topic VARCHAR, kind VARCHAR, proposal_id VARCHAR, parent_id VARCHAR, mention_id VARCHAR, article_id VARCHAR,
    is_edit BOOLEAN, label VARCHAR, said_by VARCHAR, outlet VARCHAR, title VARCHAR, url VARCHAR, quote VARCHAR, raised_at TIMESTAMP,
    alert JSON
);
INSERT INTO alert
SELECT stream, topic, (data ->> '$.kind'), (data ->> '$.proposal_id'), (data ->> '$.parent_id'), (data ->> '$.mention_id'), (data ->> '$.article_id'),
    (data ->> '$.is_edit')::BOOLEAN, (data ->> '$.label'), (data ->> '$.said_by'), (data ->> '$.outlet'), (data ->> '$.title'), (data ->> '$.url'),
    (data ->> '$.quote'), occurred_at, data
FROM log.fresh WHERE type = 'alert.raised' ORDER BY position;
