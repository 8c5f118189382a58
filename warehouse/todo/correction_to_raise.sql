-- One row per sent alert that now says what is no longer so.
-- That is one on a proposal whose own first mention is now taken for another one (a merge), or for none; and one that was corrected
-- so and is now right again, or means a third one.
CREATE OR REPLACE VIEW todo.correction_to_raise AS
WITH sent AS (
    SELECT alert.alert_id, alert.topic, alert.alert, alert.raised_at, alert.proposal_id,
        CASE WHEN mention.outcome IN ('new', 'variant', 'known') THEN mention.proposal_id END AS now_proposal_id
    FROM alert JOIN mention ON mention.mention_id = alert.mention_id
    WHERE alert.kind IN ('new', 'variant') AND mention.outcome IS NOT NULL
    AND EXISTS (FROM delivery WHERE delivery.alert_id = alert.alert_id AND delivery.is_delivered)
), told AS (  -- corrections before version 3 say what is meant by its label only
    SELECT correction.corrects, count(*) AS corrections, arg_max({id: coalesce((correction.alert ->> '$.now_proposal_id'), named.proposal_id)},
        (correction.raised_at, correction.alert_id)).id AS proposal_id
    FROM alert AS correction LEFT JOIN (SELECT opened_label, min(proposal_id) AS proposal_id FROM proposal GROUP BY opened_label) AS named
        ON named.opened_label = (correction.alert ->> '$.now_label') AND (correction.alert ->> '$.now_proposal_id') IS NULL
    WHERE correction.kind = 'correction' GROUP BY correction.corrects
)
SELECT sent.alert_id AS corrects, sent.topic, sent.alert, sent.now_proposal_id, proposal.label AS now_label, coalesce(told.corrections, 0) AS corrections
FROM sent LEFT JOIN told ON told.corrects = sent.alert_id LEFT JOIN proposal ON proposal.proposal_id = sent.now_proposal_id
WHERE sent.now_proposal_id IS DISTINCT FROM CASE WHEN told.corrects IS NULL THEN sent.proposal_id ELSE told.proposal_id END
ORDER BY sent.raised_at, sent.alert_id;
