-- One row per event on the way of getvariable('article'), in the order of the log: from the poll that showed it to the alerts' deliveries.
WITH entry_event AS (
    SELECT event.* FROM log.event JOIN entry ON entry.entry_id = event.stream WHERE entry.article_id = getvariable('article')
        AND event.type IN ('entry.seen', 'entry.revised')
), chosen AS (
    FROM entry_event
    UNION
    SELECT event.* FROM log.event JOIN entry_event ON event.event_id = entry_event.caused_by  -- the polls
    UNION
    FROM log.event WHERE stream = getvariable('article')
    UNION
    SELECT event.* FROM log.event JOIN mention ON event.stream = mention.mention_id WHERE mention.article_id = getvariable('article')
    UNION
    SELECT event.* FROM log.event JOIN proposal ON event.stream = proposal.proposal_id WHERE proposal.article_id = getvariable('article')
        AND event.type IN ('proposal.opened', 'proposal.varied')
    UNION
    SELECT event.* FROM log.event JOIN alert ON event.stream = alert.alert_id WHERE alert.article_id = getvariable('article')
)
SELECT position, event_id::VARCHAR AS event_id, type, caused_by::VARCHAR AS caused_by, run_id, occurred_at, recorded_at, data::VARCHAR AS data FROM chosen ORDER BY position;
