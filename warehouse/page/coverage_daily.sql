-- One row per day of the last `days` days (a variable; 30): report.coverage_daily.
SELECT * FROM report.coverage_daily WHERE day > (SELECT max(day) FROM report.coverage_daily) - coalesce(getvariable('days')::INTEGER, 30) ORDER BY day;
