-- One row per stance on a proposal (the variable `proposal`) in the words of one speaker and one text, the newest first: macro.stance_timeline.
FROM stance_timeline(getvariable('proposal')::VARCHAR) ORDER BY reported_at DESC, party, act, said_by, sentence LIMIT 200;
