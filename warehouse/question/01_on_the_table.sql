-- What is on the table, and who said so first.
SELECT label, terms, first_reported_by, according_to, independent_texts
FROM report.proposal_ledger;
