-- What the polls counted as new and changed stands in the log as entries, no more and no less; other sources are not counted.
CREATE OR REPLACE VIEW "check".new_entries_recorded AS
WITH polls AS (
    SELECT sum((data ->> '$.new')::INTEGER) AS new, sum((data ->> '$.revised')::INTEGER) AS revised FROM log.event WHERE type = 'feed.polled'
), entries AS (
    SELECT count(*) FILTER (type = 'entry.seen') AS new, count(*) FILTER (type = 'entry.revised') AS revised FROM log.event
    WHERE type IN ('entry.seen', 'entry.revised') AND (data ->> '$.source') IS NULL
)
SELECT polls.new AS counted_new, entries.new AS recorded_new, polls.revised AS counted_revised, entries.revised AS recorded_revised
FROM polls, entries WHERE polls.new <> entries.new OR polls.revised <> entries.revised;
