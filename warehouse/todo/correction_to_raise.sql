-- One row per sent alert on a proposal whose own first mention the ledger now takes for another one (a merge), or for none.
CREATE OR REPLACE VIEW todo.correction_to_raise AS
SELECT sent.alert_id AS corrects, sent.topic, sent.alert, proposal.label AS now_label
FROM alert AS sent JOIN mention ON mention.mention_id = sent.mention_id
LEFT JOIN proposal ON proposal.proposal_id = mention.proposal_id AND mention.outcome IN ('new', 'variant', 'known')
WHERE sent.kind IN ('new', 'variant') AND mention.proposal_id IS DISTINCT FROM sent.proposal_id AND mention.outcome IS NOT NULL
AND EXISTS (FROM delivery WHERE delivery.alert_id = sent.alert_id AND delivery.is_delivered)
AND NOT EXISTS (FROM alert AS correction WHERE correction.kind = 'correction' AND correction.corrects = sent.alert_id)
ORDER BY sent.raised_at, sent.alert_id;
