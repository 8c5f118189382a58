-- One row per article whose title and text name all words (up to six), the best first; in any script and spelling, see macro.names.
-- Example: FROM search('truce prisoners', days := 90)
-- Words joined by a hyphen stand next to one another ('sixty-day'). Looked through are the articles first seen within the days
-- before until (default: the newest article). score is BM25 (k1 1.2, b 0.75) over the words, a hit in the title counting as
-- three, without its weights for rare words: every row names every word, so they would hardly change the order.
-- Why there is no index: DuckDB's fts extension (1.5.5; 400 words a text, two cores) answers in 14 ms over 10,000 texts and in
-- 28 ms over 100,000, but builds in 4 s and in 41 to 52 s, adds a quarter to the file, and cannot be updated in place: every run would
-- build all of it again. It also knows neither Arabic nor Hebrew spellings, and would be one more thing to install.
-- This reads the texts of the window: about 0.4 s for one to three days and 1 s for thirty days at a million articles a year
-- (82,000 texts, 210 MB) on two cores, which is slower than the 0.1 s that is aimed at since each text is unpacked and read.
CREATE OR REPLACE MACRO search(words, days := 30, until := NULL, most := 100) AS TABLE
WITH span AS (
    SELECT past - to_days(days::INTEGER) AS first, past
    FROM (SELECT coalesce(until::TIMESTAMP, (SELECT max(first_seen_at) FROM article)) AS past)
), near AS (
    SELECT article_id, cluster_id, substr(body_sha256, 1, 32)::UUID AS key, first_seen_at, outlet, language, title, url, verdict, article.words AS length
    FROM article WHERE first_seen_at >= (SELECT first FROM span) AND first_seen_at <= (SELECT past FROM span)
), place AS (  -- only texts of the window are unpacked: the rest of the file is passed over by row number
    SELECT body.rowid AS place FROM log.body SEMI JOIN near ON near.key = body.key
), body AS (
    SELECT body.key, body.text FROM log.body SEMI JOIN place ON place.place = body.rowid
), found AS (
    SELECT near.*, body.text
    FROM near JOIN body ON body.key = near.key
    WHERE (names(near.title, split_part(regexp_replace(trim(words), '\s+', ' ', 'g'), ' ', 1)) OR names(body.text, split_part(regexp_replace(trim(words), '\s+', ' ', 'g'), ' ', 1)))
      AND coalesce(names(near.title, nullif(split_part(regexp_replace(trim(words), '\s+', ' ', 'g'), ' ', 2), '')) OR names(body.text, nullif(split_part(regexp_replace(trim(words), '\s+', ' ', 'g'), ' ', 2), '')), true)
      AND coalesce(names(near.title, nullif(split_part(regexp_replace(trim(words), '\s+', ' ', 'g'), ' ', 3), '')) OR names(body.text, nullif(split_part(regexp_replace(trim(words), '\s+', ' ', 'g'), ' ', 3), '')), true)
      AND coalesce(names(near.title, nullif(split_part(regexp_replace(trim(words), '\s+', ' ', 'g'), ' ', 4), '')) OR names(body.text, nullif(split_part(regexp_replace(trim(words), '\s+', ' ', 'g'), ' ', 4), '')), true)
      AND coalesce(names(near.title, nullif(split_part(regexp_replace(trim(words), '\s+', ' ', 'g'), ' ', 5), '')) OR names(body.text, nullif(split_part(regexp_replace(trim(words), '\s+', ' ', 'g'), ' ', 5), '')), true)
      AND coalesce(names(near.title, nullif(split_part(regexp_replace(trim(words), '\s+', ' ', 'g'), ' ', 6), '')) OR names(body.text, nullif(split_part(regexp_replace(trim(words), '\s+', ' ', 'g'), ' ', 6), '')), true)
), counted AS (
    SELECT *, list_transform(list_filter(string_split_regex(trim(words), '\s+'), lambda w : spelling(w) IS NOT NULL),
        lambda w : len(regexp_extract_all(text, spelling(w))) + 3 * len(regexp_extract_all(title, spelling(w)))) AS counts,
        avg(length) OVER () AS usual FROM found
)
SELECT round(list_sum(list_transform(counts, lambda n : n * 2.2 / (n + 1.2 * (0.25 + 0.75 * length / usual)))), 3) AS score,
    first_seen_at, outlet, language, title,
    regexp_replace(substr(text, greatest(1, instr(text, regexp_extract(text, spelling(split_part(trim(words), ' ', 1)))) - 60), 200), '\s+', ' ', 'g') AS excerpt,
    verdict, url, article_id, cluster_id
FROM counted ORDER BY score DESC, first_seen_at DESC, article_id LIMIT most::BIGINT;
