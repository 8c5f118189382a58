-- One row: how many articles of the last `days` days (a variable; 90) a search goes through.
SELECT count(*) AS articles FROM article WHERE first_seen_at >= (SELECT max(first_seen_at) FROM article) - to_days(coalesce(getvariable('days')::INTEGER, 90));
