-- One row per thing that changed in the day before the newest poll: proposals opened, stances first claimed, articles edited, feeds.
WITH present AS (SELECT max(last_polled_at) AS moment FROM feed), told AS (
    SELECT proposal.opened_at AS at, if(proposal.parent_id IS NULL, 'new proposal', 'variant') AS what, proposal.label AS subject, proposal.proposal_id, proposal.article_id, NULL AS party,
        NULL AS act, NULL AS is_negated, NULL AS said_by, article.outlet, article.title AS detail
    FROM proposal JOIN article USING (article_id) WHERE proposal.merged_into IS NULL AND NOT proposal.is_dismissed
    UNION ALL
    SELECT first_claimed, 'stance', label, proposal_id, NULL, party, act, is_negated, said_by, outlet, sentence FROM "position" WHERE act <> 'proposed'
    UNION ALL
    SELECT version.seen_at, 'edit', article.title, NULL, article.article_id, NULL, NULL, NULL, NULL, article.outlet,
        concat(coalesce(version.words_added, 0), ' words added, ', coalesce(version.words_removed, 0), ' taken out')
    FROM article_version AS version JOIN article USING (article_id) WHERE version.previous_sha256 IS NOT NULL
    UNION ALL
    SELECT event.occurred_at, if(event.type = 'feed.gap_found', 'gap', 'silence'), feed.name, NULL, NULL, NULL, NULL, NULL, NULL, NULL, feed.url
    FROM log.event JOIN feed ON feed.feed_id = event.stream WHERE event.type IN ('feed.fell_silent', 'feed.gap_found')
)
SELECT told.* FROM told, present WHERE told.at > present.moment - INTERVAL 1 DAY ORDER BY told.at DESC, told.what, told.subject, told.detail LIMIT 200;
