-- What each view reads in the end, through whatever views are between: a line for each column, and one without a column
-- for a relation of which it reads none. `is_kept` says that the relation is a materialised view.
WITH RECURSIVE direct AS (
    SELECT r.ev_class AS view, d.refobjid AS relation, d.refobjsubid AS number
      FROM pg_rewrite r
      JOIN pg_class c ON c.oid = r.ev_class
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
     WHERE c.relkind IN ('v', 'm') AND d.refobjid <> r.ev_class
), every AS (
    SELECT * FROM direct
    UNION
    SELECT e.view, d.relation, d.number
      FROM every e
      JOIN direct d ON d.view = e.relation
)
SELECT vn.nspname::text AS view_schema,
       v.relname::text AS view,
       n.nspname::text AS schema,
       c.relname::text AS name,
       c.relkind = 'm' AS is_kept,
       a.attname::text AS column_name,
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END AS definition
  FROM every e
  JOIN pg_class v ON v.oid = e.view
  JOIN pg_namespace vn ON vn.oid = v.relnamespace
  JOIN pg_class c ON c.oid = e.relation
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attribute a ON a.attrelid = e.relation AND a.attnum = e.number AND e.number > 0
UNION ALL
SELECT n.nspname::text, c.relname::text, n.nspname::text, c.relname::text, c.relkind = 'm', NULL, pg_get_viewdef(c.oid)
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
 ORDER BY 1, 2, 3, 4, 6
