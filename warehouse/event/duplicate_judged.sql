-- One row per event duplicate.judged: The verdict on one text of an article, with the figures that it rests on.
CREATE OR REPLACE VIEW event.duplicate_judged AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.article_id' AS "article_id",
    data ->> '$.text_event' AS "text_event",
    data ->> '$.body_sha256' AS "body_sha256",
    data ->> '$.verdict' AS "verdict",
    data ->> '$.relation' AS "relation",
    data ->> '$.of' AS "of",
    (data ->> '$.score')::DOUBLE AS "score",
    (data ->> '$.containment')::DOUBLE AS "containment",
    (data ->> '$.jaccard')::DOUBLE AS "jaccard",
    (data ->> '$.in_order')::DOUBLE AS "in_order",
    (data ->> '$.is_sampled')::BOOLEAN AS "is_sampled",
    data -> '$.vetoes' AS "vetoes",
    data -> '$.passages' AS "passages",
    data ->> '$.agency' AS "agency",
    data ->> '$.cluster_id' AS "cluster_id",
    data -> '$.fingerprint' AS "fingerprint",
    data ->> '$.method' AS "method",
    (data ->> '$.judged_at')::TIMESTAMP AS "judged_at"
FROM log.event WHERE type = 'duplicate.judged';
