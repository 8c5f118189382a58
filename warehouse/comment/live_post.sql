-- What main.live_post and its columns mean.
COMMENT ON TABLE main.live_post IS 'The posts of live blogs, each with its own date; the article''s text is that of its posts.';
COMMENT ON COLUMN main.live_post.article_id IS 'Id of the live blog''s article.';
COMMENT ON COLUMN main.live_post.post_id IS 'Id of the post, made from its own address, or from its date and headline where it has none.';
COMMENT ON COLUMN main.live_post.topic IS 'Id of the topic, as its profile names it.';
COMMENT ON COLUMN main.live_post.ordinal IS 'Where it stood among the posts of the page when it was seen last, from 0 for the oldest.';
COMMENT ON COLUMN main.live_post.url IS 'Its own address, or that of the page.';
COMMENT ON COLUMN main.live_post.headline IS 'Its headline; empty when it has none.';
COMMENT ON COLUMN main.live_post.published_at IS 'UTC moment of publication, as the page claims; NULL when it claims none.';
COMMENT ON COLUMN main.live_post.published_precision IS 'second, day or none: how exact that claim is.';
COMMENT ON COLUMN main.live_post.body_sha256 IS 'SHA-256 of its latest text, in hex: its key in log.body.';
COMMENT ON COLUMN main.live_post.words IS 'Words of that text.';
COMMENT ON COLUMN main.live_post.page_event IS 'Id of the reading that it was taken from.';
COMMENT ON COLUMN main.live_post.found_at IS 'UTC moment at which it was first seen.';
COMMENT ON COLUMN main.live_post.versions IS 'How many wordings of it were seen.';
COMMENT ON COLUMN main.live_post."position" IS 'Position in the log of the event that made the row; grows with time of recording.';
