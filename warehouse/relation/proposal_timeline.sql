-- One row per event of the talks as reported: that a party is named as the proposer, and each stance that it is said to take, with
-- whose word it is, the first sentence that says so, and how many articles do. Not facts: claims. reported_at is the date of that first report.
CREATE OR REPLACE VIEW main.proposal_timeline AS
WITH named AS (
    SELECT mention.proposal_id, mention.reported_at, mention.said_by, mention.quote, mention.position, mention.article_id, unnest(mention.proposers) AS party
    FROM mention WHERE mention.outcome IN ('new', 'variant', 'known')
), said AS (
    SELECT proposal_id, min(reported_at) AS reported_at, party, 'proposed' AS act, false AS is_negated, list(DISTINCT said_by ORDER BY said_by) AS said_by,
        arg_min(quote, (reported_at, position)) AS sentence, arg_min(article_id, (reported_at, position)) AS article_id, count(DISTINCT article_id) AS articles
    FROM named GROUP BY proposal_id, party
    UNION ALL
    SELECT mention.proposal_id, min(mention.reported_at) AS reported_at, claim.party, claim.act, claim.is_negated, list(DISTINCT claim.said_by ORDER BY claim.said_by) AS said_by,
        arg_min(claim.sentence, (mention.reported_at, claim.position)) AS sentence, arg_min(claim.article_id, (mention.reported_at, claim.position)) AS article_id,
        count(DISTINCT claim.article_id) AS articles
    FROM claim JOIN mention ON mention.position = claim.mention_position WHERE mention.outcome IN ('new', 'variant', 'known') AND claim.act <> 'proposed'
    GROUP BY mention.proposal_id, claim.party, claim.act, claim.is_negated
)
SELECT said.reported_at, proposal.topic, proposal.proposal_id, proposal.label, parent.label AS answers, said.party, said.act, said.is_negated, said.said_by, said.sentence,
    said.article_id, article.outlet, article.url, said.articles
FROM said JOIN proposal ON proposal.proposal_id = said.proposal_id JOIN article ON article.article_id = said.article_id
LEFT JOIN proposal AS parent ON parent.proposal_id = proposal.parent_id
ORDER BY said.reported_at, proposal.label, said.party, said.act, said.is_negated;
