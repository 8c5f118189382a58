-- What main.judgement and its columns mean.
COMMENT ON TABLE main.judgement IS 'What people said of alerts: right or wrong.';
COMMENT ON COLUMN main.judgement.alert_id IS 'Id of the alert.';
COMMENT ON COLUMN main.judgement.author IS 'Who said so.';
COMMENT ON COLUMN main.judgement.is_right IS 'Whether the alert was right to be raised.';
COMMENT ON COLUMN main.judgement.reason IS 'Why, in their words.';
COMMENT ON COLUMN main.judgement.judged_at IS 'UTC moment of it.';
