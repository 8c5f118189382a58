-- Positions of the log run from 0 without a gap, up to the head.
CREATE OR REPLACE VIEW "check".positions_gapless AS
SELECT count(*) AS events, max(position) AS last_position, (SELECT position FROM log.head) AS head
FROM log.event HAVING count(*) > 0 AND (count(*) <> max(position) + 1 OR max(position) <> (SELECT position FROM log.head));
