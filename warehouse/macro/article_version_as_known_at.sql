-- One row per text of an article that had been recorded at a moment (UTC): the first and every edit that was known by then.
-- Example: FROM article_version_as_known_at(TIMESTAMP '2025-06-10 14:00')
CREATE OR REPLACE MACRO article_version_as_known_at(ts) AS TABLE
SELECT article_version.* FROM article_version WHERE article_version.recorded_at <= ts::TIMESTAMP;
