-- One row per event of the talks as reported: proposals put forward, and the first claim of each stance, with its proposal and source.
WITH said AS (
    SELECT mention.proposal_id, min(mention.reported_at) AS at, claim.party, claim.act, claim.is_negated, list(DISTINCT claim.said_by ORDER BY claim.said_by) AS said_by,
        arg_min(claim.sentence, claim.position) AS sentence, arg_min(claim.article_id, claim.position) AS article_id, count(DISTINCT claim.article_id) AS articles
    FROM claim JOIN mention ON mention.position = claim.mention_position WHERE mention.outcome IN ('new', 'variant', 'known')
    GROUP BY mention.proposal_id, claim.party, claim.act, claim.is_negated
)
SELECT said.at, proposal.proposal_id, proposal.label, said.party, said.act, said.is_negated, said.said_by, said.sentence, said.article_id, article.outlet, said.articles
FROM said JOIN proposal ON proposal.proposal_id = said.proposal_id JOIN article ON article.article_id = said.article_id
WHERE said.at >= coalesce(getvariable('since')::TIMESTAMP, '-infinity'::TIMESTAMP)
ORDER BY said.at, proposal.label, said.party, said.act LIMIT 1000;
