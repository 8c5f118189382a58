-- One row per event mention.assigned: A person says which proposal a mention means, or that it means none. It outranks what the rules made of the mention.
CREATE OR REPLACE VIEW event.mention_assigned AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.ruling_id' AS "ruling_id",
    data ->> '$.mention_id' AS "mention_id",
    data ->> '$.article_id' AS "article_id",
    data ->> '$.outcome' AS "outcome",
    data ->> '$.proposal_id' AS "proposal_id",
    data ->> '$.from_outcome' AS "from_outcome",
    data ->> '$.from_proposal_id' AS "from_proposal_id",
    data ->> '$.author' AS "author",
    data ->> '$.reason' AS "reason",
    (data ->> '$.assigned_at')::TIMESTAMP AS "assigned_at"
FROM log.event WHERE type = 'mention.assigned';
