-- One row per article whose title names all words, the newest first, at most 100, over the last `days` days (a variable; 90).
-- The words are the variable `patterns`, a list made by patterns.sql. The search of texts (search.sql) reads each text of its days; this one is for
-- windows in which they are too many.
WITH first AS MATERIALIZED (  -- the other words are sought where this one stands, and the other columns read of what is found
    SELECT position, title FROM article
    WHERE first_seen_at >= (SELECT max(first_seen_at) FROM article) - to_days(coalesce(getvariable('days')::INTEGER, 90)) AND regexp_matches(title, (getvariable('patterns')::VARCHAR[])[1])
    ORDER BY position DESC LIMIT 5000
), newest AS (
    SELECT position FROM first
    WHERE list_bool_and(list_transform((getvariable('patterns')::VARCHAR[])[2:], lambda pattern : regexp_matches(title, pattern))) IS DISTINCT FROM false
    ORDER BY position DESC LIMIT 100
)
SELECT article.first_seen_at, article.outlet, article."language", article.title, NULL AS excerpt, article.verdict, article.url, article.article_id, article.cluster_id
FROM newest JOIN article ON article.position = newest.position ORDER BY article.first_seen_at DESC, article.position DESC;
