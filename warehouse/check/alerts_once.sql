-- No proposal raised more than one alert, and every one that the news opened raised one.
CREATE OR REPLACE VIEW "check".alerts_once AS
SELECT proposal.proposal_id, proposal.label, count(alert.alert_id) AS alerts
FROM proposal LEFT JOIN alert USING (proposal_id) GROUP BY ALL
HAVING count(alert.alert_id) <> (CASE WHEN any_value(proposal.mention_id) IS NULL THEN 0 ELSE 1 END);
