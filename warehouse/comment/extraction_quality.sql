-- What report.extraction_quality and its columns mean.
COMMENT ON VIEW report.extraction_quality IS 'How well pages became texts, by outlet and day: a rising rate means that an outlet put up a wall or changed its pages.';
COMMENT ON COLUMN report.extraction_quality.outlet IS 'Host name of the outlet.';
COMMENT ON COLUMN report.extraction_quality."day" IS 'UTC day of the reading.';
COMMENT ON COLUMN report.extraction_quality.pages IS 'Readings that brought other bytes than before; other addresses of known articles are left out.';
COMMENT ON COLUMN report.extraction_quality.texts IS 'Those that gave a text that counts.';
COMMENT ON COLUMN report.extraction_quality.quarantined IS 'Those whose text was kept back.';
COMMENT ON COLUMN report.extraction_quality.wall_rate IS 'Share of pages that were consent pages, challenges, paywalls, notices or boilerplate (0 to 1).';
COMMENT ON COLUMN report.extraction_quality.truncation_rate IS 'Share of pages whose text was cut off, too short, or less than what is known (0 to 1).';
COMMENT ON COLUMN report.extraction_quality.empty_rate IS 'Share of pages without any text (0 to 1).';
COMMENT ON COLUMN report.extraction_quality.usual_reason IS 'The most frequent reason of a page without a text that counts; NULL when all gave one.';
COMMENT ON COLUMN report.extraction_quality.median_words IS 'Median of the words in new and changed texts; NULL when there were none.';
