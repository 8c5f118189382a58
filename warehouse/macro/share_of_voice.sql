-- One row per voice in a window: an outlet (per := 'outlet'), somebody whose word a claim is (per := 'speaker'), or a party that claims are about (per := 'party').
-- Example: FROM share_of_voice(TIMESTAMP '2025-06-10', TIMESTAMP '2025-06-11', per := 'speaker')
-- Shares are of all articles in the window, and of all texts (clusters). A copy is no text of its outlet's own: who only repeats is
-- loud by the first share and quiet by the second. For speakers and parties the whole is the articles with claims; an article
-- counts for each of its voices, and a text once for each, however many outlets carried it.
CREATE OR REPLACE MACRO share_of_voice(since, until, per := 'outlet') AS TABLE
WITH heard AS (
    SELECT article_id, coalesce(cluster_id, article_id) AS cluster_id, outlet AS voice, verdict,
        verdict IS DISTINCT FROM 'exact' AND verdict IS DISTINCT FROM 'near' AS is_own
    FROM article WHERE per = 'outlet' AND first_seen_at >= since::TIMESTAMP AND first_seen_at < until::TIMESTAMP AND gate IS DISTINCT FROM 'off_topic'
    UNION ALL
    SELECT claim.article_id, coalesce(article.cluster_id, claim.article_id), CASE per WHEN 'speaker' THEN claim.said_by ELSE claim.party END, article.verdict, true
    FROM claim JOIN article ON article.position = claim.article_position
    WHERE per IN ('speaker', 'party') AND claim.made_at >= since::TIMESTAMP AND claim.made_at < until::TIMESTAMP
), whole AS (
    SELECT count(DISTINCT article_id) AS articles, count(DISTINCT cluster_id) AS texts FROM heard
)
SELECT heard.voice, count(DISTINCT heard.article_id) AS articles, count(DISTINCT heard.cluster_id) FILTER (heard.is_own) AS texts,
    count(DISTINCT heard.article_id) FILTER (heard.verdict IN ('exact', 'near')) AS copies,
    round(count(DISTINCT heard.article_id) / any_value(whole.articles), 4) AS share_of_articles,
    round(count(DISTINCT heard.cluster_id) FILTER (heard.is_own) / any_value(whole.texts), 4) AS share_of_texts
FROM heard, whole GROUP BY heard.voice ORDER BY articles DESC, voice;
