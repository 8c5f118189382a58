-- No event stands in the log twice.
CREATE OR REPLACE VIEW "check".event_ids_unique AS
SELECT event_id, count(*) AS copies FROM log.event GROUP BY event_id HAVING count(*) > 1;
