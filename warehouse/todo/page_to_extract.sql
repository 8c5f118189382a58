-- One row per page whose last reading has not been turned into text yet, with the article's text so far.
CREATE OR REPLACE VIEW todo.page_to_extract AS
SELECT page.article_id, page.topic, page.url, page.final_url, page.page_event, page.sha256 AS page_sha256, page.content_type,
    page.charset, page.record_file, page.record_offset, page.feed_id, page.entry_title, page.entry_published_at,
    page.language, page.first_seen_at, article.body_sha256 AS previous_sha256,
    page.entry_published_precision, page.entry_published_doubts
FROM page LEFT JOIN article USING (article_id)
WHERE page.is_to_extract AND NOT page.is_redacted AND page.record_file NOT IN (SELECT file FROM retired_file)
ORDER BY page.first_seen_at, page.entry_published_at NULLS LAST, page.article_id;
