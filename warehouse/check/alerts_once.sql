-- No proposal raised more than one alert as new or variant, and every one that the news opened raised one; one of old news out of
-- a file may have none, nor one that a person merged with another or dismissed before it was due.
CREATE OR REPLACE VIEW "check".alerts_once AS
SELECT proposal.proposal_id, proposal.label, count(alert.alert_id) AS alerts
FROM proposal LEFT JOIN alert ON alert.proposal_id = proposal.proposal_id AND alert.kind IN ('new', 'variant')
LEFT JOIN mention ON mention.mention_id = proposal.mention_id GROUP BY ALL
HAVING count(alert.alert_id) <> (CASE WHEN any_value(proposal.mention_id) IS NULL THEN 0 ELSE 1 END)
AND NOT (count(alert.alert_id) = 0 AND (any_value(mention.article_id) IN (SELECT article_id FROM backfilled)
    OR any_value(proposal.merged_into) IS NOT NULL OR bool_or(proposal.is_dismissed)));
