-- No date of publication comes from the clock of collection: each is a feed's claim or a page's day, and never the moment of a poll.
CREATE OR REPLACE VIEW "check".published_not_collected AS
SELECT 'entry' AS what, entry_id AS id, published_at, first_seen_at AS clock, 'no text of the feed says so' AS fault FROM entry
WHERE published_at IS NOT NULL AND coalesce(published_text, '') = '' AND coalesce(updated_text, '') = ''
UNION ALL
SELECT 'entry', entry_id, published_at, first_seen_at, 'it is the moment of the poll' FROM entry
WHERE published_at IN (first_seen_at, last_changed_at) AND date_part('microseconds', published_at) % 1000000 <> 0
UNION ALL
SELECT 'article', article_id, published_at, first_seen_at, 'nobody claims it' FROM article
WHERE (published_at IS NULL) <> (published_origin = 'none') OR (published_at IS NULL) <> (published_precision = 'none')
UNION ALL
SELECT 'article', article_id, published_at, first_seen_at, 'a page gives a day, this is a moment' FROM article
WHERE published_origin = 'page' AND published_at <> date_trunc('day', published_at)
UNION ALL
SELECT 'article', article_id, published_at, first_seen_at, 'no entry of it claims that' FROM article
WHERE published_origin = 'feed' AND NOT EXISTS (FROM log.event WHERE type IN ('entry.seen', 'entry.revised')
    AND (data ->> '$.article_id') = article.article_id AND (data ->> '$.published_at')::TIMESTAMP = article.published_at);
