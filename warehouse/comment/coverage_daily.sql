-- What report.coverage_daily and its columns mean.
COMMENT ON VIEW report.coverage_daily IS 'How much was listened to on each day: what any count of articles has to be divided by.';
COMMENT ON COLUMN report.coverage_daily."day" IS 'Day in UTC; days without any polls are there too.';
COMMENT ON COLUMN report.coverage_daily.feeds_known IS 'Feeds registered by the end of the day.';
COMMENT ON COLUMN report.coverage_daily.feeds_polled IS 'Feeds that were asked at least once.';
COMMENT ON COLUMN report.coverage_daily.feeds_alive IS 'Feeds that answered with a feed, or that it had not changed, at least once.';
COMMENT ON COLUMN report.coverage_daily.feeds_failed IS 'Feeds that were asked and never answered so.';
COMMENT ON COLUMN report.coverage_daily.feeds_silent IS 'Feeds that were reported silent by then and brought nothing new before that day; they may answer all the same.';
COMMENT ON COLUMN report.coverage_daily.gaps IS 'Polls that shared no entry with the one before: entries were probably lost.';
COMMENT ON COLUMN report.coverage_daily.polls IS 'Polls, with or without success.';
COMMENT ON COLUMN report.coverage_daily.failed_polls IS 'Polls that failed.';
COMMENT ON COLUMN report.coverage_daily.new_entries IS 'Entries that polls showed for the first time; those under new keys are not counted.';
