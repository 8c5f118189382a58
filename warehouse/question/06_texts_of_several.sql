-- Which texts went through several outlets.
SELECT first_outlet, first_title, articles, outlet_names
FROM cluster
WHERE articles > 1 ORDER BY articles DESC;
