-- One row per proposal that texts of the last `days` days (a variable; 30) opened: marks for charts.
WITH span AS (SELECT max(first_seen_at) - to_days(coalesce(getvariable('days')::INTEGER, 30)) AS since FROM article)
SELECT opened_at, label, proposal_id FROM proposal, span WHERE mention_id IS NOT NULL AND merged_into IS NULL AND NOT is_dismissed AND opened_at >= span.since ORDER BY opened_at, label;
