-- Who writes, and who only repeats.
SELECT outlet, count(*) AS articles, count(*) FILTER (verdict IN ('exact', 'near')) AS copies
FROM article
GROUP BY outlet ORDER BY articles DESC;
