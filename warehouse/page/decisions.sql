-- One row per decision that tells a proposal (the variable `proposal`) from its nearest neighbour: how it was opened, and what was not taken for it.
-- rows: the sum of points for the nearest, as it was decided then. Of each independent text one, at most twelve.
WITH place AS (  -- two searches of one column each: with OR between them all columns of every mention are read
    SELECT position, true AS is_opening FROM mention
    WHERE proposal_id = getvariable('proposal')::VARCHAR AND outcome IN ('new', 'variant') AND nearest_id IS DISTINCT FROM proposal_id
    UNION ALL
    SELECT position, outcome IN ('new', 'variant') FROM mention
    WHERE nearest_id = getvariable('proposal')::VARCHAR AND proposal_id IS DISTINCT FROM nearest_id
), one AS (
    SELECT mention.outcome, mention.score, mention.position, mention.reported_at, article.article_id, place.is_opening,
        row_number() OVER (PARTITION BY mention.outcome, coalesce(article.cluster_id, article.article_id) ORDER BY mention.score DESC, mention.position) AS nth
    FROM place JOIN mention ON mention.position = place.position JOIN article ON article.position = mention.article_position
), best AS (
    FROM one WHERE nth = 1 ORDER BY is_opening DESC, score DESC, reported_at DESC, article_id LIMIT 12
)
SELECT best.is_opening, mention.outcome, mention.nearest_id, nearest.label AS nearest_label, opened.proposal_id AS opened_id, opened.label AS opened_label, mention.score, mention.lead,
    from_json(mention.rows, '[{"field":"VARCHAR","points":"DOUBLE","why":"VARCHAR"}]') AS rows, mention.quote, mention.said_by, mention.reported_at, article.article_id, article.outlet, article.title
FROM best JOIN mention ON mention.position = best.position JOIN article ON article.position = mention.article_position
LEFT JOIN proposal AS nearest ON nearest.proposal_id = mention.nearest_id
LEFT JOIN proposal AS opened ON best.is_opening AND opened.proposal_id = mention.proposal_id
ORDER BY best.is_opening DESC, mention.score DESC, mention.reported_at DESC, article.article_id;
