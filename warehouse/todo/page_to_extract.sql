-- One row per page whose last reading has not been turned into text yet, with the article's text so far.
CREATE OR REPLACE VIEW todo.page_to_extract AS
SELECT page.article_id, page.topic, page.url, page.final_url, page.page_event, page.sha256 AS page_sha256, page.content_type,
    page.charset, page.record_file, page.record_offset, page.feed_id, page.entry_title, page.entry_published_at,
    page.language, page.first_seen_at, article.body_sha256 AS previous_sha256,
    claim.published_precision AS entry_published_precision, claim.published_doubts AS entry_published_doubts
FROM page LEFT JOIN article USING (article_id)
LEFT JOIN (  -- what the feed's date is worth; the same date of the same article is worth the same in every entry
    SELECT article_id, published_at, arg_max(published_precision, position) AS published_precision,
        arg_max(published_doubts, position) AS published_doubts FROM entry WHERE published_at IS NOT NULL GROUP BY ALL
) AS claim ON claim.article_id = page.article_id AND claim.published_at = page.entry_published_at
WHERE NOT page.is_redacted AND page.page_event IS NOT NULL AND page.extracted_event IS DISTINCT FROM page.page_event
ORDER BY page.first_seen_at, page.entry_published_at NULLS LAST, page.article_id;
