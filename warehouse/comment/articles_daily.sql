-- What report.articles_daily and its columns mean.
COMMENT ON VIEW report.articles_daily IS 'Articles on the topic by day and source.';
COMMENT ON COLUMN report.articles_daily.day IS 'Day (UTC) on which the articles were first seen.';
COMMENT ON COLUMN report.articles_daily.source IS 'Name of the source, as the profile gives it.';
COMMENT ON COLUMN report.articles_daily.outlet IS 'Host name of the outlet.';
COMMENT ON COLUMN report.articles_daily.articles IS 'Articles first seen that day.';
COMMENT ON COLUMN report.articles_daily.originals IS 'Of these, texts that repeat no other.';
COMMENT ON COLUMN report.articles_daily.copies IS 'Of these, copies of another article or document, exact or near.';
COMMENT ON COLUMN report.articles_daily.edits IS 'Edits of these articles after publication, up to now.';
