-- One row per article of the cluster that the article of the variable `article` belongs to, first seen first, at most 500.
-- The variable `place` is the article's position, by which it is found fast; it is looked for everywhere without it.
WITH other AS (
    SELECT article_id, outlet, title, first_seen_at, verdict, position FROM article
    WHERE cluster_id = (SELECT cluster_id FROM article WHERE article_id = getvariable('article')::VARCHAR
        AND position >= coalesce(getvariable('place')::BIGINT, 0) AND position <= coalesce(getvariable('place')::BIGINT, 9223372036854775807)) ORDER BY first_seen_at, position LIMIT 500
), judged AS (
    SELECT duplicate.article_id, arg_max(duplicate.relation, duplicate.position) AS relation, arg_max(duplicate.score, duplicate.position) AS score
    FROM duplicate SEMI JOIN other ON other.article_id = duplicate.article_id GROUP BY duplicate.article_id
)
SELECT other.article_id, other.outlet, other.title, other.first_seen_at, other.verdict, judged.relation, judged.score
FROM other LEFT JOIN judged USING (article_id) ORDER BY other.first_seen_at, other.position;
