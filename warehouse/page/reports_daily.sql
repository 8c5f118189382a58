-- One row per day and outlet: articles that speak of a proposal (the variable `proposal`).
SELECT mention.reported_at::DATE AS day, article.outlet, count(DISTINCT mention.article_id) AS articles
FROM mention JOIN article ON article.position = mention.article_position
WHERE mention.proposal_id = getvariable('proposal')::VARCHAR AND mention.outcome IN ('new', 'variant', 'known') GROUP BY ALL ORDER BY day, outlet;
