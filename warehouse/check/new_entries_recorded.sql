-- What the polls counted as new and changed stands in the log as entries that came from polls, no more and no less.
CREATE OR REPLACE VIEW "check".new_entries_recorded AS
WITH polls AS (
    SELECT sum((data ->> '$.new')::INTEGER) AS new, sum((data ->> '$.revised')::INTEGER) AS revised FROM log.event WHERE type = 'feed.polled'
), entries AS (
    SELECT count(*) FILTER (type = 'entry.seen' AND (data ->> '$.source') IS NULL) AS new, count(*) FILTER (type = 'entry.revised') AS revised FROM log.event
)
SELECT polls.new AS counted_new, entries.new AS recorded_new, polls.revised AS counted_revised, entries.revised AS recorded_revised
FROM polls, entries WHERE polls.new <> entries.new OR polls.revised <> entries.revised;
