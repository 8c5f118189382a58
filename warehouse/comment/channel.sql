-- What main.channel and its columns mean.
COMMENT ON TABLE main.channel IS 'Channels that the settings have named; their addresses are not here.';
COMMENT ON COLUMN main.channel.topic IS 'Id of the topic.';
COMMENT ON COLUMN main.channel.channel IS 'Name of the channel.';
COMMENT ON COLUMN main.channel.is_idempotent IS 'Whether its receiver can tell a repeat by its key.';
COMMENT ON COLUMN main.channel.opened_at IS 'UTC moment since when it gets alerts; earlier ones are not for it.';
COMMENT ON COLUMN main.channel.closed_at IS 'UTC moment at which it was off; NULL while it is on.';
