-- One row per stage, outcome and reason: how many entries ended there. Every entry stands in exactly one row, so the entries add up to those of main.entry.
-- Stages in order: poll (the entry itself was dropped or put off), fetch, extract, judge (a copy of a known text), read (the text is off topic or names no
-- proposal), ledger (it speaks of one). A reason that is a list of words is cut to what kind of words they are, or every headline would be a row.
CREATE OR REPLACE VIEW report.drop_ledger AS
WITH mentioned AS (
    SELECT article_id, CASE WHEN bool_or(outcome IN ('new', 'variant')) THEN 'opened a proposal' WHEN bool_or(outcome = 'known') THEN 'known proposal'
        WHEN bool_or(outcome = 'possible') THEN 'possible: not decided' ELSE 'background or too vague' END AS found
    FROM mention WHERE article_position IS NOT NULL GROUP BY article_id
), fate AS (
    SELECT found.entry_id, found.title, feed.topic, CASE found.outcome WHEN 'rejected' THEN 'poll' WHEN 'rekeyed' THEN 'poll' WHEN 'off_topic' THEN 'poll'
        WHEN 'failed' THEN 'fetch' WHEN 'given_up' THEN 'fetch' WHEN 'no_text' THEN 'extract' WHEN 'quarantined' THEN 'extract'
        WHEN 'waiting' THEN CASE WHEN page.outcome = 'waiting' THEN 'fetch' ELSE 'extract' END
        ELSE CASE WHEN article.verdict IN ('exact', 'near') THEN 'judge' WHEN article.verdict IS NULL THEN 'judge'
            WHEN article.gate IS NULL OR article.gate = 'off_topic' OR mentioned.found IS NULL THEN 'read' ELSE 'ledger' END END AS stage,
        CASE WHEN found.outcome = 'article' AND article.verdict IN ('exact', 'near') THEN 'copy'
            WHEN found.outcome = 'article' AND (article.verdict IS NULL OR article.gate IS NULL) THEN 'waiting'
            WHEN found.outcome = 'article' AND article.gate = 'off_topic' THEN 'off_topic'
            WHEN found.outcome = 'article' AND mentioned.found IS NULL THEN 'no_mention' WHEN found.outcome = 'article' THEN 'mention' ELSE found.outcome END AS outcome,
        CASE WHEN found.outcome = 'off_topic' AND contains(found.why, ':') THEN array_to_string(list_sort(list_distinct(list_transform(string_split(found.why, ', '),
                lambda word : regexp_extract(word, '^(rival:[^:]+|[^:]+)', 1)))), ', ')
            WHEN found.outcome = 'article' THEN CASE WHEN article.verdict IN ('exact', 'near') THEN article.verdict
                WHEN article.verdict IS NULL THEN 'not judged yet' WHEN article.gate IS NULL THEN 'not read yet' WHEN article.gate = 'off_topic' THEN 'the text is off topic'
                ELSE coalesce(mentioned.found, 'no words of a proposal') END
            WHEN found.outcome = 'waiting' THEN coalesce(found.why, 'its turn has not come')
            WHEN found.outcome = 'rekeyed' THEN 'an old entry under a new key' ELSE found.why END AS reason
    FROM report.entry_outcome AS found JOIN entry ON entry.entry_id = found.entry_id JOIN feed ON feed.feed_id = entry.feed_id
    LEFT JOIN page ON page.article_id = found.article_id LEFT JOIN article ON article.article_id = found.article_id
    LEFT JOIN mentioned ON mentioned.article_id = found.article_id
)
SELECT stage, outcome, coalesce(reason, 'no reason recorded') AS reason, count(*) AS entries, round(count(*) / sum(count(*)) OVER (), 4) AS share, min(title) AS example
FROM fate GROUP BY stage, outcome, reason
ORDER BY list_position(['poll', 'fetch', 'extract', 'judge', 'read', 'ledger'], stage), outcome, entries DESC, reason;
