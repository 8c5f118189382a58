-- One row per proposal and term: its range over all readings, in how many independent texts it stands, and one wording of it.
-- The variable `proposal` names one proposal; without it, all.
SELECT proposal_id, term, min(low) AS low, max(high) AS high, count(DISTINCT coalesce(cluster_id, article_id)) AS texts, count(DISTINCT outlet) AS outlets,
    arg_min(words, mention_id) AS words
FROM report.proposal_reading WHERE coalesce(proposal_id = getvariable('proposal')::VARCHAR, true)
GROUP BY proposal_id, term ORDER BY proposal_id, term <> 'duration_days', term;
