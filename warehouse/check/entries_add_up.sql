-- In every poll, the entries of the document equal new + known + revised + rejected + repeated.
CREATE OR REPLACE VIEW "check".entries_add_up AS
SELECT stream AS feed_id, occurred_at AS polled_at, data FROM log.event
WHERE type = 'feed.polled' AND (data ->> '$.entries')::INTEGER <> (data ->> '$.new')::INTEGER + (data ->> '$.known')::INTEGER
    + (data ->> '$.revised')::INTEGER + (data ->> '$.rejected')::INTEGER + (data ->> '$.repeated')::INTEGER;
