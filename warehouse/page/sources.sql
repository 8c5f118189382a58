-- One row per outlet of the last `days` days (a variable; 30): its share of all articles and texts, how often it was first, and its median lag in hours.
WITH span AS (SELECT max(first_seen_at) AS until FROM article), voice AS (
    FROM share_of_voice((SELECT until - to_days(coalesce(getvariable('days')::INTEGER, 30)) FROM span), (SELECT until + INTERVAL 1 SECOND FROM span))
), lag AS (FROM lag_by_source(days := coalesce(getvariable('days')::INTEGER, 30)))
SELECT voice.voice AS outlet, voice.articles, voice.texts, voice.copies, round(voice.share_of_texts, 4) AS share_of_texts, lag."first" AS first_to_report, lag.followed, lag.median_hours
FROM voice LEFT JOIN lag ON lag.outlet = voice.voice ORDER BY voice.texts DESC, voice.voice LIMIT 100;
