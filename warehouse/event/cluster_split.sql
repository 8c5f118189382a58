-- One row per event cluster.split: An article left its cluster: an edit made a text of its own of the copy, or somebody said that it never was one.
CREATE OR REPLACE VIEW event.cluster_split AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.article_id' AS "article_id",
    data ->> '$.from_cluster_id' AS "from_cluster_id",
    data ->> '$.cluster_id' AS "cluster_id",
    data ->> '$.because_of' AS "because_of",
    data ->> '$.why' AS "why",
    data ->> '$.method' AS "method",
    (data ->> '$.changed_at')::TIMESTAMP AS "changed_at"
FROM log.event WHERE type = 'cluster.split';
