-- What main.quarantine and its columns mean.
COMMENT ON TABLE main.quarantine IS 'Texts that were kept back, with the reason: not judged, not read, not counted.';
COMMENT ON COLUMN main.quarantine.article_id IS 'Id of the article, made from its canonical address.';
COMMENT ON COLUMN main.quarantine.topic IS 'Id of the topic, as its profile names it.';
COMMENT ON COLUMN main.quarantine.url IS 'Canonical address.';
COMMENT ON COLUMN main.quarantine.outlet IS 'Host name of the outlet.';
COMMENT ON COLUMN main.quarantine.feed_id IS 'Feed that first led here.';
COMMENT ON COLUMN main.quarantine.title IS 'Title, as the feed gives it, or else the page.';
COMMENT ON COLUMN main.quarantine.language IS 'Language of the text that was kept back.';
COMMENT ON COLUMN main.quarantine.body_sha256 IS 'SHA-256 of that text, in hex: its key in log.body.';
COMMENT ON COLUMN main.quarantine.words IS 'Words in it.';
COMMENT ON COLUMN main.quarantine.reason IS 'consent, challenge, paywall, stub, notice, too_short, wrong_language, boilerplate or shorter_than_known.';
COMMENT ON COLUMN main.quarantine.detail IS 'The figures that the reason rests on, in words.';
COMMENT ON COLUMN main.quarantine.page_sha256 IS 'SHA-256 of the page''s bytes that the text was taken from.';
COMMENT ON COLUMN main.quarantine.page_event IS 'Id of the event of the reading.';
COMMENT ON COLUMN main.quarantine.method IS 'Version of the extraction.';
COMMENT ON COLUMN main.quarantine.quarantined_at IS 'UTC moment of the extraction.';
COMMENT ON COLUMN main.quarantine.recorded_at IS 'UTC moment at which it was written down.';
COMMENT ON COLUMN main.quarantine."position" IS 'Position in the log of the event that made the row; grows with time of recording.';
