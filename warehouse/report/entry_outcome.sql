-- One row per entry: what became of it, and why. Outcomes: rejected, off_topic, rekeyed (an old entry under a new key), waiting, failed, given_up, no_text, quarantined, article.
CREATE OR REPLACE VIEW report.entry_outcome AS
SELECT entry.entry_id, feed.name AS feed, entry.title, entry.url, entry.first_seen_at, entry.article_id,
    CASE WHEN entry.is_rejected THEN 'rejected'
         WHEN article.article_id IS NOT NULL THEN 'article'
         WHEN page.article_id IS NULL AND entry.is_rekeyed THEN 'rekeyed'
         WHEN page.article_id IS NULL THEN 'off_topic'
         WHEN page.outcome IN ('waiting', 'failed', 'given_up') THEN page.outcome
         WHEN page.extracted_event IS NULL THEN 'waiting'
         WHEN page.is_quarantined THEN 'quarantined'
         ELSE 'no_text' END AS outcome,
    CASE WHEN entry.is_rejected THEN entry.reject_reason
         WHEN article.article_id IS NOT NULL THEN coalesce(article.verdict, 'not judged yet')
         WHEN page.article_id IS NULL THEN array_to_string(entry.gate_why, ', ')
         ELSE coalesce(page.reason, page.no_text_reason) END AS why
FROM entry JOIN feed USING (feed_id)
LEFT JOIN page ON page.article_id = entry.article_id
LEFT JOIN article ON article.article_id = entry.article_id;
