-- One row per judgement of a text that had been recorded at a moment (UTC).
-- Example: FROM duplicate_as_known_at(TIMESTAMP '2025-06-10 14:00')
CREATE OR REPLACE MACRO duplicate_as_known_at(ts) AS TABLE
SELECT duplicate.* FROM duplicate WHERE duplicate.recorded_at <= ts::TIMESTAMP;
