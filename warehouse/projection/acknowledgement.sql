-- One row per alert that somebody has acknowledged: it is not repeated any more.
CREATE TABLE IF NOT EXISTS acknowledgement (alert_id VARCHAR, author VARCHAR, reason VARCHAR, acknowledged_at TIMESTAMP);
INSERT INTO acknowledgement
SELECT stream, (data ->> '$.author'), (data ->> '$.reason'), occurred_at FROM log.fresh WHERE type = 'alert.acknowledged' ORDER BY position;
