-- Every entry has exactly one outcome.
CREATE OR REPLACE VIEW "check".one_outcome_per_entry AS
SELECT entry_id, count(*) AS outcomes, any_value(outcome) AS outcome FROM (
    SELECT entry.entry_id, outcome FROM entry LEFT JOIN report.entry_outcome AS found USING (entry_id)
) GROUP BY entry_id HAVING count(*) <> 1 OR any_value(outcome) IS NULL;
