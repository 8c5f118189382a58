-- One row per place in a text that speaks of a proposal, with what the ledger made of it (outcome empty: not resolved yet).
-- What a person says of it (assigned_by) outranks what the rules made of it, earlier or later.
CREATE TABLE IF NOT EXISTS mention (
    mention_id VARCHAR, topic VARCHAR, article_id VARCHAR, body_sha256 VARCHAR, ordinal INTEGER, frame_start INTEGER, frame_end INTEGER,
    frame VARCHAR, quote VARCHAR, proposers VARCHAR[], claimed_by VARCHAR[], mediators VARCHAR[], said_by VARCHAR,
    specificity DOUBLE, background VARCHAR, lineage VARCHAR, rules VARCHAR[], readings JSON, reported_at TIMESTAMP,
    detected_at TIMESTAMP, method VARCHAR, detected_event VARCHAR, outcome VARCHAR, proposal_id VARCHAR, nearest_id VARCHAR,
    score DOUBLE, lead DOUBLE, rows JSON, recorded_at TIMESTAMP, position BIGINT,
    article_position BIGINT, changed_position BIGINT, assigned_by VARCHAR
);
INSERT INTO mention (mention_id, topic, article_id, body_sha256, ordinal, frame_start, frame_end, frame, quote, proposers,
    claimed_by, mediators, said_by, specificity, background, lineage, rules, readings, reported_at, detected_at, method, detected_event,
    recorded_at, position, article_position, changed_position)
SELECT mention_id, told.topic, stream, told.body_sha256, ordinal, frame."start", frame."end", frame."text", quote, proposers, claimed_by, mediators, said_by,
    specificity, background, lineage, rules, readings, reported_at::TIMESTAMP, occurred_at, "method", event_id::VARCHAR, recorded_at, told.position, article.position, told.position
FROM (SELECT position, stream, topic, event_id, occurred_at, recorded_at, unnest(from_json(data, '{"mention_id":"VARCHAR","body_sha256":"VARCHAR",
        "ordinal":"INTEGER","frame":{"start":"INTEGER","end":"INTEGER","text":"VARCHAR"},"quote":"VARCHAR","proposers":["VARCHAR"],
        "claimed_by":["VARCHAR"],"mediators":["VARCHAR"],"said_by":"VARCHAR","specificity":"DOUBLE","background":"VARCHAR","lineage":"VARCHAR",
        "rules":["VARCHAR"],"readings":"JSON","reported_at":"VARCHAR","method":"VARCHAR"}'))
      FROM log.fresh WHERE type = 'mention.detected') AS told
LEFT JOIN article ON article.article_id = told.stream AND article.position < told.position AND article.position >= coalesce(getvariable('touched_from'), 0)
ORDER BY told.position;
MERGE INTO mention USING (
    WITH touched AS (SELECT stream, max(position) AS last FROM log.fresh WHERE type = 'mention.resolved' GROUP BY stream)
    SELECT touched.stream AS mention_id, touched.last, unnest(from_json(fresh.data, '{"outcome":"VARCHAR","proposal_id":"VARCHAR","nearest_id":"VARCHAR",
        "score":"DOUBLE","lead":"DOUBLE","rows":"JSON"}'))
    FROM touched JOIN log.fresh ON fresh.position = touched.last
) AS now ON mention.mention_id = now.mention_id AND now.last > mention.position AND mention.position >= coalesce(getvariable('touched_from'), 0)
WHEN MATCHED THEN UPDATE SET outcome = CASE WHEN mention.assigned_by IS NULL THEN now.outcome ELSE mention.outcome END,
    proposal_id = CASE WHEN mention.assigned_by IS NULL THEN now.proposal_id ELSE mention.proposal_id END, nearest_id = now.nearest_id,
    score = now.score, lead = now."lead", rows = now."rows", changed_position = greatest(mention.changed_position, now.last);
MERGE INTO mention USING (
    SELECT stream AS mention_id, max(position) AS last, arg_max({outcome: (data ->> '$.outcome'), proposal_id: (data ->> '$.proposal_id'),
        author: (data ->> '$.author')}, position) AS said
    FROM log.fresh WHERE type = 'mention.assigned' GROUP BY stream
) AS now ON mention.mention_id = now.mention_id AND now.last > mention.position AND mention.position >= coalesce(getvariable('touched_from'), 0)
WHEN MATCHED THEN UPDATE SET outcome = now.said.outcome, proposal_id = now.said.proposal_id, assigned_by = now.said.author,
    changed_position = greatest(mention.changed_position, now.last);
