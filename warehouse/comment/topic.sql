-- What main.topic and its columns mean.
COMMENT ON TABLE main.topic IS 'The profile in force for each topic.';
COMMENT ON COLUMN main.topic.topic_id IS 'Id of the topic, as its profile names it.';
COMMENT ON COLUMN main.topic.digest IS 'SHA-256 of the profile''s content, in hex.';
COMMENT ON COLUMN main.topic.revised_at IS 'UTC moment since which this profile is in force.';
