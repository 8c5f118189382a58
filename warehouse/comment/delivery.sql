-- What main.delivery and its columns mean.
COMMENT ON TABLE main.delivery IS 'How alerts reached their channels.';
COMMENT ON COLUMN main.delivery.alert_id IS 'Id of the alert.';
COMMENT ON COLUMN main.delivery.channel IS 'Name of the channel.';
COMMENT ON COLUMN main.delivery.is_delivered IS 'Whether it got there, in any round.';
COMMENT ON COLUMN main.delivery.attempts IS 'Tries so far.';
COMMENT ON COLUMN main.delivery.last_attempt_at IS 'UTC moment of the last try.';
COMMENT ON COLUMN main.delivery.reason IS 'Why the last try failed, or why it is withheld here; NULL when it arrived.';
COMMENT ON COLUMN main.delivery.state IS 'What was last written down: claimed, delivered, failed, withheld or asked (to be sent again).';
COMMENT ON COLUMN main.delivery.round IS 'How often it was to be sent: 1, and one more for each reminder or request.';
COMMENT ON COLUMN main.delivery.delivered_round IS 'Last round in which it arrived; 0 for none.';
COMMENT ON COLUMN main.delivery.delivered_at IS 'UTC moment at which it last arrived.';
COMMENT ON COLUMN main.delivery.claimed_until IS 'UTC moment until which a process keeps it for itself; NULL when none does.';
COMMENT ON COLUMN main.delivery.retry_from IS 'UTC moment from which it is tried again; NULL when it is not refused.';
COMMENT ON COLUMN main.delivery.message_id IS 'Key that was sent with it: its own, or that of the digest.';
COMMENT ON COLUMN main.delivery.is_uncertain IS 'Whether a try that failed may have arrived.';
COMMENT ON COLUMN main.delivery.repeats IS 'Tries that were marked as repeats.';
