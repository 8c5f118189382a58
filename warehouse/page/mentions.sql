-- One row per independent text that speaks of a proposal (the variable `proposal`), newest first: its first sentence on it, what stands before and after, and why it is taken to mean it.
-- What stands before and after is given for the newest three: each text of a large warehouse takes 20 ms to unpack.
WITH text AS (
    SELECT min(mention.position) AS position, min(mention.reported_at) AS reported_at, count(DISTINCT mention.article_id) AS articles
    FROM mention JOIN article ON article.position = mention.article_position
    WHERE mention.proposal_id = getvariable('proposal')::VARCHAR AND mention.outcome IN ('new', 'variant', 'known')
    GROUP BY coalesce(article.cluster_id, article.article_id) ORDER BY reported_at DESC, position LIMIT 40
), first AS (
    SELECT mention.*, article.outlet, article.title, article.language, text.articles, text.reported_at AS first_reported
    FROM text JOIN mention ON mention.position = text.position JOIN article ON article.position = mention.article_position
), wanted AS (
    SELECT substr(body_sha256, 1, 32)::UUID AS key FROM first ORDER BY first_reported DESC, article_id LIMIT 3
), place AS (  -- of the texts only these are unpacked: the rest of the file is passed over by row number
    SELECT body.rowid AS place, body.key FROM log.body SEMI JOIN wanted ON wanted.key = body.key
), body AS (
    SELECT place.key, body.text FROM log.body JOIN place ON place.place = body.rowid
), placed AS (
    SELECT first.*, body.text, greatest(instr(body.text, first.quote), 1) AS begins FROM first LEFT JOIN body ON body.key = substr(first.body_sha256, 1, 32)::UUID
)
SELECT quote, substr(text, greatest(1, begins - 240), least(240, begins - 1)) AS before, substr(text, begins + length(quote), 240) AS after, said_by, first_reported AS reported_at, outcome, score,
    from_json(rows, '[{"field":"VARCHAR","points":"DOUBLE","why":"VARCHAR"}]') AS rows, outlet, title, article_id, language, articles
FROM placed ORDER BY reported_at DESC, article_id;
