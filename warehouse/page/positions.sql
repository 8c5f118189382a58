-- One row per proposal, party and stance, the last claimed first: who says so, in how many articles, and the latest sentence.
-- side: for, against or open (also every denial: who has not rejected has not accepted either); is_disputed: of the same party others say
-- the contrary (who has neither accepted nor rejected is not disputed). The variable `proposal` names one proposal; without it, all.
WITH said AS (
    SELECT proposal_id, party, act, is_negated, list(DISTINCT said_by ORDER BY said_by) AS said_by, sum(articles)::BIGINT AS articles,
        min(first_claimed) AS first_claimed, max(last_claimed) AS last_claimed, arg_max(sentence, last_claimed) AS sentence, arg_max(outlet, last_claimed) AS outlet,
        CASE WHEN is_negated THEN 'open' WHEN act IN ('accepted', 'accepted_in_principle', 'accepted_with_amendments', 'supports', 'voted_for') THEN 'for'
            WHEN act IN ('rejected', 'vetoed') THEN 'against' ELSE 'open' END AS side,
        CASE WHEN act IN ('accepted', 'accepted_in_principle', 'accepted_with_amendments') THEN if(is_negated, 'not yes', 'yes') WHEN act IN ('rejected', 'vetoed') THEN if(is_negated, 'not no', 'no') END AS sense
    FROM "position" WHERE coalesce(proposal_id = getvariable('proposal')::VARCHAR, true)
    GROUP BY proposal_id, party, act, is_negated
)
SELECT * EXCLUDE (sense), coalesce(CASE sense WHEN 'yes' THEN bool_or(sense IN ('no', 'not yes')) OVER of_party WHEN 'no' THEN bool_or(sense IN ('yes', 'not no')) OVER of_party
    WHEN 'not yes' THEN bool_or(sense = 'yes') OVER of_party WHEN 'not no' THEN bool_or(sense = 'no') OVER of_party END, false) AS is_disputed
FROM said WINDOW of_party AS (PARTITION BY proposal_id, party)
ORDER BY proposal_id, last_claimed DESC, party, act;
