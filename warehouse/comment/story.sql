-- What main.story and its columns mean.
COMMENT ON TABLE main.story IS 'Articles that tell one story, each in its own words; copies are in main.cluster.';
COMMENT ON COLUMN main.story.article_id IS 'Id of the article, made from its canonical address. Only texts that are no copies; a copy tells its cluster''s story.';
COMMENT ON COLUMN main.story.story_id IS 'Id of the story: its first article.';
COMMENT ON COLUMN main.story.like_id IS 'Article that this one is most like; NULL where it begins a story.';
COMMENT ON COLUMN main.story.cosine IS 'Likeness of the two in weighted words, from 0 to 1.';
COMMENT ON COLUMN main.story.score IS 'The likeness after decay: one half of it every two days between them.';
COMMENT ON COLUMN main.story.method IS 'Version of the comparison.';
COMMENT ON COLUMN main.story.linked_at IS 'UTC moment of the link.';
COMMENT ON COLUMN main.story.recorded_at IS 'UTC moment at which this was written to the log.';
COMMENT ON COLUMN main.story."position" IS 'Position in the log of the event that made the row; grows with time of recording.';
