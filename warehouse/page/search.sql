-- One row per article that names all words of the variable `words`, best first: macro.search over the last `days` days (a variable; 90).
FROM search(coalesce(getvariable('words')::VARCHAR, ''), days := coalesce(getvariable('days')::INTEGER, 90), most := 100);
