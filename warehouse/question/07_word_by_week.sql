-- A word by week, corrected for coverage.
FROM trend('truce', bucket := 'week', days := 180);
