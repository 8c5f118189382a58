-- One row per event alert.raised: Somebody is owed a message. The id rests on topic, kind and proposal only: never on an address, title or date.
CREATE OR REPLACE VIEW event.alert_raised AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.alert_id' AS "alert_id",
    data ->> '$.kind' AS "kind",
    data ->> '$.proposal_id' AS "proposal_id",
    data ->> '$.parent_id' AS "parent_id",
    data ->> '$.mention_id' AS "mention_id",
    data ->> '$.article_id' AS "article_id",
    (data ->> '$.is_edit')::BOOLEAN AS "is_edit",
    data ->> '$.label' AS "label",
    data ->> '$.said_by' AS "said_by",
    data ->> '$.outlet' AS "outlet",
    data ->> '$.title' AS "title",
    data ->> '$.url' AS "url",
    data ->> '$.quote' AS "quote",
    data -> '$.readings' AS "readings",
    data ->> '$.nearest_label' AS "nearest_label",
    data -> '$.nearest_why' AS "nearest_why",
    (data ->> '$.raised_at')::TIMESTAMP AS "raised_at"
FROM log.event WHERE type = 'alert.raised';
