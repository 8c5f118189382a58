-- One row per claim that had been recorded at a moment (UTC). Not a fact: a claim.
-- Example: FROM claim_as_known_at(TIMESTAMP '2025-06-10 14:00')
CREATE OR REPLACE MACRO claim_as_known_at(ts) AS TABLE
SELECT claim.* FROM claim WHERE claim.recorded_at <= ts::TIMESTAMP;
