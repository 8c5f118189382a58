-- One row per stance that a text claims a party takes on a proposal, in order of time: copies of the text are counted, not repeated. Not facts: claims.
-- Example: FROM stance_timeline('witkoff-60day-may-2025')
-- The proposal is named by its id, its label or a nickname. A row is what one text (cluster) says in the words of one speaker.
CREATE OR REPLACE MACRO stance_timeline(proposal) AS TABLE
WITH meant AS (
    SELECT known.proposal_id, known.label FROM main.proposal AS known
    WHERE known.proposal_id = proposal OR known.label = proposal OR list_contains(known.nicknames, proposal)
), said AS (
    SELECT mention.proposal_id, meant.label, mention.reported_at, claim.* FROM mention JOIN meant ON meant.proposal_id = mention.proposal_id
    JOIN claim ON claim.mention_position = mention.position WHERE mention.outcome IN ('new', 'variant', 'known')
)
SELECT min(said.made_at) AS seen_at, min(said.reported_at) AS reported_at, said.party, said.act, said.is_negated, said.said_by,
    arg_min(said.sentence, said.position) AS sentence, arg_min(article.outlet, said.position) AS outlet,
    count(DISTINCT said.article_id) AS articles, arg_min(said.article_id, said.position) AS article_id, said.proposal_id, said.label
FROM said JOIN article ON article.position = said.article_position
GROUP BY said.proposal_id, said.label, said.party, said.act, said.is_negated, said.said_by, coalesce(article.cluster_id, article.article_id)
ORDER BY seen_at, reported_at, said.party, said.act, said.said_by, sentence;
