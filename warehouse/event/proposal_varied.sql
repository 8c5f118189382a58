-- One row per event proposal.varied: A variant of a known proposal entered the ledger; ``lineage`` says how it hangs together with ``parent_id``.
CREATE OR REPLACE VIEW event.proposal_varied AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.proposal_id' AS "proposal_id",
    data ->> '$.label' AS "label",
    data ->> '$.kind' AS "kind",
    data ->> '$.status' AS "status",
    (data -> '$.proposers')::VARCHAR[] AS "proposers",
    (data -> '$.claimed_by')::VARCHAR[] AS "claimed_by",
    (data -> '$.mediators')::VARCHAR[] AS "mediators",
    (data -> '$.nicknames')::VARCHAR[] AS "nicknames",
    (data ->> '$.announced_at')::TIMESTAMP AS "announced_at",
    (data ->> '$.active_from')::TIMESTAMP AS "active_from",
    (data ->> '$.active_until')::TIMESTAMP AS "active_until",
    data -> '$.readings' AS "readings",
    data ->> '$.mention_id' AS "mention_id",
    data ->> '$.article_id' AS "article_id",
    (data ->> '$.opened_at')::TIMESTAMP AS "opened_at",
    data ->> '$.parent_id' AS "parent_id",
    data ->> '$.lineage' AS "lineage"
FROM log.event WHERE type = 'proposal.varied';
