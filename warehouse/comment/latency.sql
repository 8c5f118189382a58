-- What report.latency and its columns mean.
COMMENT ON VIEW report.latency IS 'How long it takes from publication to first sight, to the alert, and to its delivery.';
COMMENT ON COLUMN report.latency.outlet IS 'Host name of the outlet.';
COMMENT ON COLUMN report.latency.date_origin IS 'Who claims the dates of publication: feed, page (a day only, so nothing is measured) or none.';
COMMENT ON COLUMN report.latency.articles IS 'Articles that polls showed.';
COMMENT ON COLUMN report.latency.measured IS 'Articles from which the minutes to first sight were taken.';
COMMENT ON COLUMN report.latency.future IS 'Articles dated after they were seen: the claim is wrong or scheduled.';
COMMENT ON COLUMN report.latency.older IS 'Articles seen after the first poll of their feed and dated over two days before: listed late or dated wrongly.';
COMMENT ON COLUMN report.latency.interval_minutes IS 'Median of the present intervals between polls of the feeds that showed them: first sight is no more exact.';
COMMENT ON COLUMN report.latency.to_sight_minutes IS 'Median of minutes from the claimed publication to first sight; NULL when nothing could be measured.';
COMMENT ON COLUMN report.latency.to_sight_of_nine_in_ten IS 'Minutes within which nine in ten were seen; NULL when nothing could be measured.';
COMMENT ON COLUMN report.latency.alerts IS 'Alerts that rest on these articles.';
COMMENT ON COLUMN report.latency.sight_to_alert_minutes IS 'Median of minutes from the first sight of the text (for an edit: of the edit) to its alert; NULL without alerts.';
COMMENT ON COLUMN report.latency.alert_to_delivery_minutes IS 'Median of minutes from an alert to its first delivery, times of hold included; NULL when none was delivered.';
