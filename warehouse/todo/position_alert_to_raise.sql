-- One row per proposal and party whose position, as last claimed, is another one than before. An article that says both counts for none.
CREATE OR REPLACE VIEW todo.position_alert_to_raise AS
WITH stirred AS (  -- proposals that anybody took a position on of late: the others' history need not be read
    SELECT list(DISTINCT mention.proposal_id) AS proposals FROM claim JOIN mention ON mention.position = claim.mention_position
    WHERE claim.made_at >= coalesce(getvariable('now')::TIMESTAMP, now() AT TIME ZONE 'UTC') - INTERVAL 3 DAY
), stance AS (  -- receiving, studying or conveying a proposal is no position
    SELECT mention.proposal_id, claim.party, CASE WHEN claim.is_negated THEN 'not ' ELSE '' END || claim.act AS stance,
        claim.claim_id, claim.article_position, {reported_at: mention.reported_at, position: claim.position} AS place, claim.made_at
    FROM claim JOIN mention ON mention.position = claim.mention_position
    WHERE list_contains((SELECT proposals FROM stirred), mention.proposal_id) AND claim.scope = 'proposal' AND mention.outcome IN ('new', 'variant', 'known')
    AND claim.act IN ('accepted', 'accepted_in_principle', 'accepted_with_amendments', 'rejected', 'withdrew')
), text AS (
    SELECT proposal_id, party, any_value(stance) AS stance, arg_min(claim_id, place) AS claim_id, min(place) AS place, min(made_at) AS made_at
    FROM stance GROUP BY proposal_id, party, article_position HAVING count(DISTINCT stance) = 1
), now AS (
    SELECT proposal_id, party, arg_max(stance, place) AS to_stance FROM text GROUP BY proposal_id, party
    HAVING count(DISTINCT stance) > 1 AND max(made_at) >= coalesce(getvariable('now')::TIMESTAMP, now() AT TIME ZONE 'UTC') - INTERVAL 3 DAY
), before AS (
    SELECT proposal_id, party, any_value(to_stance) AS to_stance, arg_max(stance, place) AS from_stance, max(place) AS until, max(place.position) AS read_until
    FROM text JOIN now USING (proposal_id, party) WHERE stance <> to_stance GROUP BY proposal_id, party
), changed AS (
    SELECT proposal_id, party, any_value(before.from_stance) AS from_stance, any_value(before.to_stance) AS to_stance, arg_min(claim_id, place) AS claim_id
    FROM text JOIN before USING (proposal_id, party) WHERE place > until GROUP BY proposal_id, party
    HAVING min(place.position) > any_value(read_until)  -- an old report that comes late makes no news of what was known
)
SELECT 'position' AS kind, changed.proposal_id, proposal.topic, proposal.label, changed.party, changed.from_stance, changed.to_stance, proposal.mediators,
    claim.mention_id, claim.article_id, claim.said_by, mention.quote, mention.reported_at, mention.detected_event AS cause, article.outlet, article.title, article.url,
    article.language, claim.made_at AS seen_at
FROM changed JOIN claim USING (claim_id) JOIN mention ON mention.position = claim.mention_position
JOIN article ON article.position = claim.article_position JOIN proposal ON proposal.proposal_id = changed.proposal_id
WHERE claim.article_id NOT IN (SELECT article_id FROM backfilled)
AND NOT EXISTS (FROM alert WHERE alert.kind = 'position' AND alert.proposal_id = changed.proposal_id AND alert.party = changed.party AND alert.to_stance = changed.to_stance)
ORDER BY proposal.label, changed.proposal_id, changed.party;
