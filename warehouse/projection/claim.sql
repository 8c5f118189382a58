-- One row per claim: somebody (said_by) says that a party takes a stance, at a place in a text. Not a fact: a claim.
CREATE TABLE IF NOT EXISTS claim (
    claim_id VARCHAR, topic VARCHAR, mention_id VARCHAR, article_id VARCHAR, party VARCHAR, act VARCHAR, scope VARCHAR,
    is_negated BOOLEAN, said_by VARCHAR, span_start INTEGER, span_end INTEGER, sentence VARCHAR, rule VARCHAR,
    method VARCHAR, made_at TIMESTAMP, recorded_at TIMESTAMP, position BIGINT,
    article_position BIGINT, mention_position BIGINT
);
INSERT INTO claim
SELECT claim_id, told.topic, told.mention_id, stream, party, act, "scope", is_negated, told.said_by, span."start", span."end", span."text", rule, told."method",
    occurred_at, told.recorded_at, told.position, mention.article_position, mention.position
FROM (SELECT position, stream, topic, occurred_at, recorded_at, unnest(from_json(data, '{"claim_id":"VARCHAR","mention_id":"VARCHAR","party":"VARCHAR",
        "act":"VARCHAR","scope":"VARCHAR","is_negated":"BOOLEAN","said_by":"VARCHAR","span":{"start":"INTEGER","end":"INTEGER","text":"VARCHAR"},
        "rule":"VARCHAR","method":"VARCHAR"}'))
      FROM log.fresh WHERE type = 'claim.made') AS told
LEFT JOIN mention ON mention.mention_id = told.mention_id AND mention.position < told.position AND mention.position >= coalesce(getvariable('touched_from'), 0)
ORDER BY told.position;
