-- One row per alert that had been raised at a moment (UTC).
-- Example: FROM alert_as_known_at(TIMESTAMP '2025-06-10 14:00')
CREATE OR REPLACE MACRO alert_as_known_at(ts) AS TABLE
SELECT alert.* FROM alert
SEMI JOIN (FROM log.event WHERE type = 'alert.raised' AND recorded_at <= ts::TIMESTAMP) AS raised ON raised.stream = alert.alert_id;
