-- One row per proposal that stood in the ledger at a moment (UTC). Rows of the ledger are never changed, so this is a cut through time.
-- Example: FROM proposal_as_known_at(TIMESTAMP '2025-06-10 14:00')
CREATE OR REPLACE MACRO proposal_as_known_at(ts) AS TABLE
SELECT proposal.* FROM proposal WHERE proposal.recorded_at <= ts::TIMESTAMP;
