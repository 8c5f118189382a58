-- One row per bucket: macro.trend for the variables `term`, `bucket` and `days`.
FROM trend(coalesce(getvariable('term')::VARCHAR, ''), bucket := coalesce(getvariable('bucket')::VARCHAR, 'day'), days := coalesce(getvariable('days')::INTEGER, 30));
