-- What became of the entries.
SELECT outcome, why, count(*) AS entries
FROM report.entry_outcome
GROUP BY ALL ORDER BY entries DESC;
