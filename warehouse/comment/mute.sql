-- What main.mute and its columns mean.
COMMENT ON TABLE main.mute IS 'What people want no alerts about.';
COMMENT ON COLUMN main.mute.topic IS 'Id of the topic.';
COMMENT ON COLUMN main.mute.field IS 'What value is: proposal, party, kind, outlet or feed.';
COMMENT ON COLUMN main.mute.value IS 'Id, kind or host that is muted.';
COMMENT ON COLUMN main.mute.is_off IS 'Whether that was taken back.';
COMMENT ON COLUMN main.mute.until IS 'UTC moment at which it ends; NULL for never.';
COMMENT ON COLUMN main.mute.author IS 'Who said so.';
COMMENT ON COLUMN main.mute.reason IS 'Why, in their words.';
COMMENT ON COLUMN main.mute.muted_at IS 'UTC moment of it.';
