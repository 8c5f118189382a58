-- Who says where the parties stand.
SELECT label, party, act, is_negated, said_by, articles, sentence
FROM "position"
ORDER BY last_claimed DESC;
