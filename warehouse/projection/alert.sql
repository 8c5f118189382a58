-- One row per alert: what happened to a proposal, a party's position or a feed, and the passage that it rests on.
CREATE TABLE IF NOT EXISTS alert (
    alert_id VARCHAR, topic VARCHAR, kind VARCHAR, proposal_id VARCHAR, parent_id VARCHAR, mention_id VARCHAR, article_id VARCHAR,
    is_edit BOOLEAN, label VARCHAR, said_by VARCHAR, outlet VARCHAR, title VARCHAR, url VARCHAR, quote VARCHAR, raised_at TIMESTAMP,
    alert JSON, withheld VARCHAR, language VARCHAR, party VARCHAR, from_stance VARCHAR, to_stance VARCHAR, feed_id VARCHAR, feed_event VARCHAR,
    since TIMESTAMP, corrects VARCHAR
);
INSERT INTO alert
SELECT stream, topic, (data ->> '$.kind'), (data ->> '$.proposal_id'), (data ->> '$.parent_id'), (data ->> '$.mention_id'), (data ->> '$.article_id'),
    (data ->> '$.is_edit')::BOOLEAN, (data ->> '$.label'), (data ->> '$.said_by'), (data ->> '$.outlet'), (data ->> '$.title'), (data ->> '$.url'),
    (data ->> '$.quote'), occurred_at, data, (data ->> '$.withheld'), (data ->> '$.language'),
    CASE WHEN (data ->> '$.to_stance') IS NOT NULL THEN (data ->> '$.parties[0]') END, (data ->> '$.from_stance'), (data ->> '$.to_stance'),
    (data ->> '$.feed_id'), (data ->> '$.feed_event'), (data ->> '$.since')::TIMESTAMP, (data ->> '$.corrects')
FROM log.fresh WHERE type = 'alert.raised' ORDER BY position;
