-- What main.acknowledgement and its columns mean.
COMMENT ON TABLE main.acknowledgement IS 'Alerts that somebody has acknowledged.';
COMMENT ON COLUMN main.acknowledgement.alert_id IS 'Id of the alert.';
COMMENT ON COLUMN main.acknowledgement.author IS 'Who acknowledged it.';
COMMENT ON COLUMN main.acknowledgement.reason IS 'What they wrote.';
COMMENT ON COLUMN main.acknowledgement.acknowledged_at IS 'UTC moment of it.';
