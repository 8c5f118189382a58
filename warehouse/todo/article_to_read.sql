-- One row per article whose latest text has not been read by any rules yet. reported_at is when the text was published: for an
-- edit, when it was seen; a date more than a day after the first sight is no date of publication.
CREATE OR REPLACE VIEW todo.article_to_read AS
SELECT article_id, topic, text_event, body_sha256, title, language, first_seen_at,
    CASE WHEN revisions > 0 THEN revised_at
         WHEN published_at <= first_seen_at + INTERVAL 1 DAY THEN published_at
         ELSE first_seen_at END AS reported_at
FROM article WHERE is_to_read
ORDER BY first_seen_at, reported_at, article_id;
