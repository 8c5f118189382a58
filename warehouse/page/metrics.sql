-- One row per sample for Prometheus: name, kind (gauge or counter), what it means, labels, value. Counters count from the log, so a restart does not reset them.
SELECT 'monitor_events' AS name, 'counter' AS kind, 'Events in the log, by type.' AS help, MAP {'type': type} AS labels, count(*)::DOUBLE AS value FROM log.event GROUP BY type
UNION ALL
SELECT 'monitor_feeds', 'gauge', 'Feeds by state, as report.feed_health says it.', MAP {'state': coalesce(state, 'new')}, count(*) FROM report.feed_health GROUP BY state
UNION ALL
SELECT 'monitor_feed_last_success_timestamp_seconds', 'gauge', 'When a feed was last read well.', MAP {'feed': feed}, epoch(last_success) FROM report.feed_health WHERE last_success IS NOT NULL
UNION ALL
SELECT 'monitor_feed_failures', 'gauge', 'Failed polls of a feed in a row.', MAP {'feed': feed}, failures FROM report.feed_health
UNION ALL
SELECT 'monitor_entries', 'gauge', 'Entries by where they ended, as report.drop_ledger says it.', MAP {'stage': stage, 'outcome': outcome}, sum(entries) FROM report.drop_ledger GROUP BY stage, outcome
UNION ALL
SELECT 'monitor_articles', 'gauge', 'Articles by verdict.', MAP {'verdict': coalesce(verdict, 'waiting')}, count(*) FROM article GROUP BY verdict
UNION ALL
SELECT 'monitor_proposals', 'gauge', 'Proposals in the ledger.', MAP {'origin': CASE WHEN mention_id IS NULL THEN 'profile' ELSE 'news' END}, count(*) FROM proposal GROUP BY mention_id IS NULL
UNION ALL
SELECT 'monitor_alerts', 'counter', 'Alerts raised, by kind.', MAP {'kind': kind}, count(*) FROM alert GROUP BY kind
UNION ALL
SELECT 'monitor_deliveries', 'gauge', 'Ways of alerts to channels, by their last state.', MAP {'channel': channel, 'state': state}, count(*) FROM delivery GROUP BY channel, state
UNION ALL
SELECT 'monitor_alert_precision_ratio', 'gauge', 'Share of judged alerts that people found right; absent while nobody judged one.', MAP {'kind': kind}, "precision" FROM report.alert_precision WHERE "precision" IS NOT NULL
UNION ALL
SELECT 'monitor_publication_to_sight_minutes', 'gauge', 'Median minutes from the claimed publication to first sight.', MAP {'outlet': outlet, 'date_origin': date_origin}, to_sight_minutes
FROM report.latency WHERE to_sight_minutes IS NOT NULL
UNION ALL
SELECT 'monitor_last_event_timestamp_seconds', 'gauge', 'When the newest event was recorded.', MAP {}::MAP(VARCHAR, VARCHAR), epoch(max(recorded_at)) FROM log.event HAVING count(*) > 0
UNION ALL
SELECT 'monitor_last_run_finished_timestamp_seconds', 'gauge', 'When a run last came to its end.', MAP {}::MAP(VARCHAR, VARCHAR), epoch(max(finished_at)) FROM run HAVING max(finished_at) IS NOT NULL
ORDER BY name;
