-- One row per place in a text that speaks of a proposal, with what the ledger made of it (outcome empty: not resolved yet).
CREATE TABLE IF NOT EXISTS mention (
    mention_id VARCHAR, topic VARCHAR, article_id VARCHAR, body_sha256 VARCHAR, ordinal INTEGER, frame_start INTEGER, frame_end INTEGER,
    frame VARCHAR, quote VARCHAR, proposers VARCHAR[], claimed_by VARCHAR[], mediators VARCHAR[], said_by VARCHAR,
    specificity DOUBLE, background VARCHAR, lineage VARCHAR, rules VARCHAR[], readings JSON, reported_at TIMESTAMP,
    detected_at TIMESTAMP, method VARCHAR, detected_event VARCHAR, outcome VARCHAR, proposal_id VARCHAR, nearest_id VARCHAR,
    score DOUBLE, lead DOUBLE, rows JSON
);
INSERT INTO mention (mention_id, topic, article_id, body_sha256, ordinal, frame_start, frame_end, frame, quote, proposers,
    claimed_by, mediators, said_by, specificity, background, lineage, rules, readings, reported_at, detected_at, method, detected_event)
SELECT (data ->> '$.mention_id'), topic, stream, (data ->> '$.body_sha256'), (data ->> '$.ordinal')::INTEGER,
    (data ->> '$.frame.start')::INTEGER, (data ->> '$.frame.end')::INTEGER, (data ->> '$.frame.text'), (data ->> '$.quote'),
    (data -> '$.proposers')::VARCHAR[], (data -> '$.claimed_by')::VARCHAR[], (data -> '$.mediators')::VARCHAR[],
    (data ->> '$.said_by'), (data ->> '$.specificity')::DOUBLE, (data ->> '$.background'), (data ->> '$.lineage'),
    (data -> '$.rules')::VARCHAR[], (data -> '$.readings'), (data ->> '$.reported_at')::TIMESTAMP, occurred_at,
    (data ->> '$.method'), event_id::VARCHAR
FROM log.fresh WHERE type = 'mention.detected' ORDER BY position;
MERGE INTO mention USING (
    SELECT stream AS mention_id, (data ->> '$.outcome') AS outcome, (data ->> '$.proposal_id') AS proposal_id,
        (data ->> '$.nearest_id') AS nearest_id, (data ->> '$.score')::DOUBLE AS score, (data ->> '$.lead')::DOUBLE AS lead,
        (data -> '$.rows') AS rows
    FROM log.fresh WHERE type = 'mention.resolved'
    QUALIFY row_number() OVER (PARTITION BY stream ORDER BY position DESC) = 1
) AS now ON mention.mention_id = now.mention_id
WHEN MATCHED THEN UPDATE SET outcome = now.outcome, proposal_id = now.proposal_id, nearest_id = now.nearest_id,
    score = now.score, lead = now.lead, rows = now.rows;
