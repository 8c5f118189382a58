-- One row per event of the talks as reported: the first text that names a proposer, and the first claim of each stance, with its source.
-- Of those from the variable `since` (a day or moment; all) to `until` the last 1000.
SELECT * FROM (
    SELECT reported_at AS "at", proposal_id, label, party, act, is_negated, said_by, sentence, article_id, outlet, articles FROM proposal_timeline
    WHERE reported_at >= coalesce(getvariable('since')::TIMESTAMP, '-infinity'::TIMESTAMP) AND reported_at < coalesce(getvariable('until')::TIMESTAMP, 'infinity'::TIMESTAMP)
    ORDER BY reported_at DESC LIMIT 1000
) ORDER BY "at", label, party, act;
