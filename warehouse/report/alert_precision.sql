-- One row per kind of alert, and one for all of them: what people found right and wrong, and the share of right ones with its 95 % interval.
-- Alerts on which people disagree count as half right. The interval is Wilson's (JASA 22, 1927): with few
-- judgements it is wide, and with none everything is NULL, which means unknown. It holds for all alerts only if those judged were not picked.
CREATE OR REPLACE VIEW report.alert_precision AS
WITH said AS (
    SELECT alert_id, avg(is_right::INTEGER) AS share FROM judgement GROUP BY alert_id
), told AS (
    SELECT unnest([kind, 'all']) AS kind, CASE WHEN share IN (0, 1) THEN share WHEN share IS NOT NULL THEN 0.5 END AS points FROM alert LEFT JOIN said USING (alert_id)
), counted AS (
    SELECT kind, count(*) AS alerts, count(points) AS judged, count(*) FILTER (points = 1) AS confirmed, count(*) FILTER (points = 0) AS dismissed,
        count(*) FILTER (points = 0.5) AS disputed, avg(points) AS "precision" FROM told GROUP BY kind
), spread AS (
    SELECT *, ("precision" + 1.9208 / judged) / (1 + 3.8416 / judged) AS middle,
        1.96 * sqrt("precision" * (1 - "precision") / judged + 0.9604 / (judged * judged)) / (1 + 3.8416 / judged) AS reach FROM counted
)
SELECT kind, alerts, judged, confirmed, dismissed, disputed, round("precision", 3) AS "precision", CASE WHEN judged > 0 THEN round(greatest(0, middle - reach), 3) END AS low, CASE WHEN judged > 0 THEN round(least(1, middle + reach), 3) END AS high
FROM spread ORDER BY kind = 'all', kind;
