-- What report.alert_precision and its columns mean.
COMMENT ON VIEW report.alert_precision IS 'How many alerts were right, by the people who read them (monitor alerts confirm and dismiss).';
COMMENT ON COLUMN report.alert_precision.kind IS 'Kind of alert, or all.';
COMMENT ON COLUMN report.alert_precision.alerts IS 'Alerts raised, those that were not sent too.';
COMMENT ON COLUMN report.alert_precision.judged IS 'Alerts that somebody judged.';
COMMENT ON COLUMN report.alert_precision.confirmed IS 'Alerts that all who judged them found right.';
COMMENT ON COLUMN report.alert_precision.dismissed IS 'Alerts that all who judged them found wrong.';
COMMENT ON COLUMN report.alert_precision.disputed IS 'Alerts on which people disagree.';
COMMENT ON COLUMN report.alert_precision."precision" IS 'Share of right ones among those judged, a disputed one as half; NULL when none was judged.';
COMMENT ON COLUMN report.alert_precision.low IS 'Lower end of its 95 % interval; NULL when none was judged.';
COMMENT ON COLUMN report.alert_precision.high IS 'Upper end of its 95 % interval; NULL when none was judged.';
