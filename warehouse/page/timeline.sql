-- One row per event of the talks as reported: the first text that names a proposer, and the first claim of each stance, with its source.
WITH named AS (
    SELECT mention.proposal_id, mention.reported_at, mention.said_by, mention.quote, mention.position, mention.article_id, unnest(mention.proposers) AS party
    FROM mention WHERE mention.outcome IN ('new', 'variant', 'known')
), said AS (
    SELECT proposal_id, min(reported_at) AS at, party, 'proposed' AS act, false AS is_negated, list(DISTINCT said_by ORDER BY said_by) AS said_by,
        arg_min(quote, position) AS sentence, arg_min(article_id, position) AS article_id, count(DISTINCT article_id) AS articles
    FROM named GROUP BY proposal_id, party
    UNION ALL
    SELECT mention.proposal_id, min(mention.reported_at) AS at, claim.party, claim.act, claim.is_negated, list(DISTINCT claim.said_by ORDER BY claim.said_by) AS said_by,
        arg_min(claim.sentence, claim.position) AS sentence, arg_min(claim.article_id, claim.position) AS article_id, count(DISTINCT claim.article_id) AS articles
    FROM claim JOIN mention ON mention.position = claim.mention_position WHERE mention.outcome IN ('new', 'variant', 'known') AND claim.act <> 'proposed'
    GROUP BY mention.proposal_id, claim.party, claim.act, claim.is_negated
)
SELECT said.at, proposal.proposal_id, proposal.label, said.party, said.act, said.is_negated, said.said_by, said.sentence, said.article_id, article.outlet, said.articles
FROM said JOIN proposal ON proposal.proposal_id = said.proposal_id JOIN article ON article.article_id = said.article_id
WHERE said.at >= coalesce(getvariable('since')::TIMESTAMP, '-infinity'::TIMESTAMP)
ORDER BY said.at, proposal.label, said.party, said.act LIMIT 1000;
