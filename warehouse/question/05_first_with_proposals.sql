-- Who has proposals first, and how late are the others.
FROM lag_by_source(per := 'proposal', days := 30);
