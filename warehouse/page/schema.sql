-- One row per column of a relation that can be asked, for the page of SQL.
SELECT if(schema_name = 'main', table_name, schema_name || '.' || table_name) AS relation, column_name, data_type, comment
FROM duckdb_columns() WHERE NOT internal AND schema_name IN ('main', 'report', 'event', 'log', 'check') AND database_name = current_database()
ORDER BY schema_name <> 'main', schema_name <> 'report', schema_name, table_name, column_index;
