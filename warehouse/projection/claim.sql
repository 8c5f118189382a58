-- One row per claim: somebody (said_by) says that a party takes a stance, at a place in a text. Not a fact: a claim.
CREATE TABLE IF NOT EXISTS claim (
    claim_id VARCHAR, topic VARCHAR, mention_id VARCHAR, article_id VARCHAR, party VARCHAR, act VARCHAR, scope VARCHAR,
    is_negated BOOLEAN, said_by VARCHAR, span_start INTEGER, span_end INTEGER, sentence VARCHAR, rule VARCHAR,
    method VARCHAR, made_at TIMESTAMP, recorded_at TIMESTAMP, position BIGINT
);
INSERT INTO claim
SELECT claim_id, topic, mention_id, stream, party, act, "scope", is_negated, said_by, span."start", span."end", span."text", rule, "method",
    occurred_at, recorded_at, position
FROM (SELECT position, stream, topic, occurred_at, recorded_at, unnest(from_json(data, '{"claim_id":"VARCHAR","mention_id":"VARCHAR","party":"VARCHAR",
        "act":"VARCHAR","scope":"VARCHAR","is_negated":"BOOLEAN","said_by":"VARCHAR","span":{"start":"INTEGER","end":"INTEGER","text":"VARCHAR"},
        "rule":"VARCHAR","method":"VARCHAR"}'))
      FROM log.fresh WHERE type = 'claim.made');
