-- One row per term, range and source of one proposal (the variable `proposal`): what each text states, copies of a text counted once.
SELECT term, low, high, any_value(words) AS words, asserted_by, coalesce(outlet, 'the profile') AS outlet, any_value(article_id) AS article_id, count(*) AS times
FROM report.proposal_reading WHERE proposal_id = getvariable('proposal')::VARCHAR
GROUP BY term, low, high, asserted_by, outlet ORDER BY term <> 'duration_days', term, low, high, outlet, asserted_by;
