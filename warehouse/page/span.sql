-- One row: the day of the first and of the last report of a proposal: the whole of the timeline. NULL where there is none.
SELECT min(reported_at)::DATE AS first_day, max(reported_at)::DATE AS last_day FROM mention WHERE outcome IN ('new', 'variant', 'known');
