-- One row per judgement of an article's text (a text that comes back after an edit is judged again): the verdict, what it repeats, and the figures that it rests on.
CREATE TABLE IF NOT EXISTS duplicate (
    article_id VARCHAR, body_sha256 VARCHAR, verdict VARCHAR, relation VARCHAR, copy_of VARCHAR, score DOUBLE,
    containment DOUBLE, jaccard DOUBLE, in_order DOUBLE, is_sampled BOOLEAN, vetoes VARCHAR[], agency VARCHAR, cluster_id VARCHAR, method VARCHAR, judged_at TIMESTAMP,
    recorded_at TIMESTAMP, position BIGINT
);
INSERT INTO duplicate
SELECT stream, body_sha256, verdict, relation, "of", score, containment, jaccard, coalesce(in_order, 0), is_sampled,
    [veto.kind || ': ' || veto.was || ' → ' || veto.now FOR veto IN coalesce(vetoes, [])], agency, cluster_id, "method", occurred_at, recorded_at, position
FROM (SELECT position, stream, occurred_at, recorded_at, unnest(from_json(data, '{"body_sha256":"VARCHAR","verdict":"VARCHAR","relation":"VARCHAR",
        "of":"VARCHAR","score":"DOUBLE","containment":"DOUBLE","jaccard":"DOUBLE","in_order":"DOUBLE","is_sampled":"BOOLEAN",
        "vetoes":[{"kind":"VARCHAR","was":"VARCHAR","now":"VARCHAR"}],"agency":"VARCHAR","cluster_id":"VARCHAR","method":"VARCHAR"}'))
      FROM log.fresh WHERE type = 'duplicate.judged');
