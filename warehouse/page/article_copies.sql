-- One row per article of the cluster that the article of the variable `article` belongs to, first seen first.
SELECT other.article_id, other.outlet, other.title, other.first_seen_at, other.verdict, duplicate.relation, duplicate.score
FROM article AS this JOIN article AS other ON other.cluster_id = this.cluster_id
LEFT JOIN (SELECT article_id, arg_max(relation, position) AS relation, arg_max(score, position) AS score FROM duplicate GROUP BY article_id) AS duplicate ON duplicate.article_id = other.article_id
WHERE this.article_id = getvariable('article')::VARCHAR ORDER BY other.first_seen_at, other.position;
