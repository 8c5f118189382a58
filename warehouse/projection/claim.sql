-- One row per claim: somebody (said_by) says that a party takes a stance, at a place in a text. Not a fact: a claim.
CREATE TABLE IF NOT EXISTS claim (
    claim_id VARCHAR, topic VARCHAR, mention_id VARCHAR, article_id VARCHAR, party VARCHAR, act VARCHAR, scope VARCHAR,
    is_negated BOOLEAN, said_by VARCHAR, span_start INTEGER, span_end INTEGER, sentence VARCHAR, rule VARCHAR,
    method VARCHAR, made_at TIMESTAMP
);
INSERT INTO claim
SELECT (data ->> '$.claim_id'), topic, (data ->> '$.mention_id'), stream, (data ->> '$.party'), (data ->> '$.act'), (data ->> '$.scope'),
    (data ->> '$.is_negated')::BOOLEAN, (data ->> '$.said_by'), (data ->> '$.span.start')::INTEGER,
    (data ->> '$.span.end')::INTEGER, (data ->> '$.span.text'), (data ->> '$.rule'), (data ->> '$.method'), occurred_at
FROM log.fresh WHERE type = 'claim.made' ORDER BY position;
