-- One row per proposal, party and act: who says so, how often, and the latest sentence. A position is what is claimed, by whom.
CREATE OR REPLACE VIEW report.position AS
SELECT mention.proposal_id, proposal.label, claim.party, claim.act, claim.is_negated, claim.said_by,
    count(DISTINCT claim.article_id) AS articles, min(claim.made_at) AS first_claimed, max(claim.made_at) AS last_claimed,
    arg_max(claim.sentence, claim.made_at) AS sentence, arg_max(article.outlet, claim.made_at) AS outlet
FROM claim JOIN mention USING (mention_id) JOIN proposal ON proposal.proposal_id = mention.proposal_id
JOIN article ON article.article_id = claim.article_id
WHERE mention.outcome IN ('new', 'variant', 'known')
GROUP BY ALL ORDER BY proposal.label, claim.party, last_claimed DESC;
