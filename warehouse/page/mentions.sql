-- One row per independent text that speaks of a proposal (the variable `proposal`), newest first: its first sentence on it, and why it is taken to mean it.
SELECT arg_min(mention.quote, mention.position) AS quote, arg_min(mention.said_by, mention.position) AS said_by, min(mention.reported_at) AS reported_at,
    arg_min(mention.outcome, mention.position) AS outcome, arg_min(mention.score, mention.position) AS score, arg_min(mention.rows, mention.position) AS rows,
    arg_min(article.outlet, mention.position) AS outlet, arg_min(article.title, mention.position) AS title, arg_min(article.article_id, mention.position) AS article_id,
    arg_min(article.language, mention.position) AS language, count(DISTINCT mention.article_id) AS articles
FROM mention JOIN article ON article.position = mention.article_position
WHERE mention.proposal_id = getvariable('proposal')::VARCHAR AND mention.outcome IN ('new', 'variant', 'known')
GROUP BY coalesce(article.cluster_id, article.article_id) ORDER BY reported_at DESC, article_id LIMIT 100;
