-- One row per sent alert on a proposal whose own first mention the ledger now takes for another one (a merge), or for none.
CREATE OR REPLACE VIEW todo.correction_to_raise AS
SELECT alert.alert_id AS corrects, alert.topic, alert.alert, proposal.label AS now_label
FROM alert JOIN mention ON mention.mention_id = alert.mention_id
LEFT JOIN proposal ON proposal.proposal_id = mention.proposal_id AND mention.outcome IN ('new', 'variant', 'known')
WHERE alert.kind IN ('new', 'variant') AND mention.proposal_id IS DISTINCT FROM alert.proposal_id AND mention.outcome IS NOT NULL
AND EXISTS (FROM delivery WHERE delivery.alert_id = alert.alert_id AND delivery.is_delivered)
AND NOT EXISTS (FROM alert AS correction WHERE correction.kind = 'correction' AND correction.corrects = alert.alert_id)
ORDER BY alert.raised_at, alert.alert_id;
