-- One row per proposal, party, act and who says so, as claimed by a moment (UTC): what had been said then, and by whom.
-- Example: FROM position_as_known_at(TIMESTAMP '2025-06-10 14:00')
-- Reads macro.mention_as_known_at: a claim counts once the ledger had decided which proposal its sentence means.
-- At 600,000 claims 0.1 to 0.2 s on two cores: each claim is joined with its mention.
CREATE OR REPLACE MACRO position_as_known_at(ts) AS TABLE
WITH said AS (
    SELECT any_value(mention.proposal_id) AS proposal_id, count(DISTINCT claim.article_position) AS articles, min(claim.made_at) AS first_claimed, max(claim.made_at) AS last_claimed, max(claim.position) AS latest
    FROM claim JOIN mention_as_known_at(ts) AS mention ON mention.position = claim.mention_position
    WHERE claim.recorded_at <= ts::TIMESTAMP AND mention.outcome IN ('new', 'variant', 'known')
    GROUP BY hash(mention.proposal_id, claim.party, claim.act, claim.is_negated, claim.said_by)  -- one number: five texts are long to compare
)
SELECT said.proposal_id, proposal.label, latest.party, latest.act, latest.is_negated, latest.said_by, said.articles, said.first_claimed,
    said.last_claimed, latest.sentence, article.outlet
FROM said JOIN proposal USING (proposal_id) JOIN claim AS latest ON latest.position = said.latest
JOIN article ON article.position = latest.article_position
WHERE proposal.recorded_at <= ts::TIMESTAMP
ORDER BY proposal.label, latest.party, said.last_claimed DESC, latest.act, latest.said_by;
