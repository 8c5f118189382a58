-- What main.delivery and its columns mean.
COMMENT ON TABLE main.delivery IS 'How alerts reached their channels.';
COMMENT ON COLUMN main.delivery.alert_id IS 'Id of the alert.';
COMMENT ON COLUMN main.delivery.channel IS 'Name of the channel.';
COMMENT ON COLUMN main.delivery.is_delivered IS 'Whether it got there.';
COMMENT ON COLUMN main.delivery.attempts IS 'Tries so far.';
COMMENT ON COLUMN main.delivery.last_attempt_at IS 'UTC moment of the last try.';
COMMENT ON COLUMN main.delivery.reason IS 'Why the last try failed; NULL when it did not.';
