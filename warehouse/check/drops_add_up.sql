-- The drop ledger holds every entry once, and nothing was dropped without a reason.
CREATE OR REPLACE VIEW "check".drops_add_up AS
SELECT 'entries in the ledger, and entries' AS fault, (SELECT coalesce(sum(entries), 0)::BIGINT FROM report.drop_ledger) AS found, (SELECT count(*) FROM entry) AS expected
WHERE found <> expected
UNION ALL
SELECT concat('no reason: ', stage, ', ', outcome), entries, 0 FROM report.drop_ledger WHERE reason = 'no reason recorded';
