-- One row per judgement of an article's text (a text that comes back after an edit is judged again): the verdict, what it repeats, and the figures that it rests on.
CREATE TABLE IF NOT EXISTS duplicate (
    article_id VARCHAR, body_sha256 VARCHAR, verdict VARCHAR, relation VARCHAR, copy_of VARCHAR, score DOUBLE,
    containment DOUBLE, jaccard DOUBLE, is_sampled BOOLEAN, cluster_id VARCHAR, method VARCHAR, judged_at TIMESTAMP
);
INSERT INTO duplicate
SELECT stream, (data ->> '$.body_sha256'), (data ->> '$.verdict'), (data ->> '$.relation'), (data ->> '$.of'), (data ->> '$.score')::DOUBLE,
    (data ->> '$.containment')::DOUBLE, (data ->> '$.jaccard')::DOUBLE, (data ->> '$.is_sampled')::BOOLEAN,
    (data ->> '$.cluster_id'), (data ->> '$.method'), occurred_at
FROM log.fresh WHERE type = 'duplicate.judged' ORDER BY position;
