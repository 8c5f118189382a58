-- One row per word of the variable `words`, in their order: the pattern (RE2) that finds it however it is spelt, as macro.names does.
-- Asked once and given to search_titles.sql: a pattern that stands in a statement as text is compiled once; worked out there it takes 60 ms to plan.
SELECT named(word) AS pattern
FROM (SELECT unnest(string_split_regex(trim(getvariable('words')::VARCHAR), '\s+')) AS word) WHERE pattern IS NOT NULL;
