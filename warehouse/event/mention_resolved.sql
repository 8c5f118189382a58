-- One row per event mention.resolved: Which proposal a mention means, with the sum for the nearest candidate.
CREATE OR REPLACE VIEW event.mention_resolved AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.mention_id' AS "mention_id",
    data ->> '$.article_id' AS "article_id",
    data ->> '$.outcome' AS "outcome",
    data ->> '$.proposal_id' AS "proposal_id",
    data ->> '$.nearest_id' AS "nearest_id",
    (data ->> '$.score')::DOUBLE AS "score",
    (data ->> '$.lead')::DOUBLE AS "lead",
    data -> '$.rows' AS "rows",
    data ->> '$.method' AS "method",
    (data ->> '$.resolved_at')::TIMESTAMP AS "resolved_at"
FROM log.event WHERE type = 'mention.resolved';
