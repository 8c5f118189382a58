-- One row per event claim.made: Somebody says that a party takes a stance. Whether it does is a question for the reader of the claims.
CREATE OR REPLACE VIEW event.claim_made AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.claim_id' AS "claim_id",
    data ->> '$.mention_id' AS "mention_id",
    data ->> '$.article_id' AS "article_id",
    data ->> '$.party' AS "party",
    data ->> '$.act' AS "act",
    data ->> '$.scope' AS "scope",
    (data ->> '$.is_negated')::BOOLEAN AS "is_negated",
    data ->> '$.said_by' AS "said_by",
    data -> '$.span' AS "span",
    data ->> '$.rule' AS "rule",
    data ->> '$.method' AS "method",
    (data ->> '$.made_at')::TIMESTAMP AS "made_at",
    data ->> '$.source' AS "source"
FROM log.event WHERE type = 'claim.made';
