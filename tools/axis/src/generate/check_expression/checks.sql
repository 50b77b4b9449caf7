-- The trees of the CHECKs of tables and domains, of the defaults of columns, and of what computes a column.
SELECT 'table' AS kind, k.conrelid AS relation, n.nspname AS schema, c.relname AS owner, k.conname AS name,
       k.conbin::text AS tree
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE k.contype = 'c'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema')
 UNION ALL
SELECT 'domain', 0::oid, n.nspname, t.typname, k.conname, k.conbin::text
  FROM pg_constraint k
  JOIN pg_type t ON t.oid = k.contypid
  JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE k.contype = 'c'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema')
 UNION ALL
SELECT CASE a.attgenerated WHEN '' THEN 'default' ELSE 'generated' END, d.adrelid, n.nspname, c.relname, a.attname, d.adbin::text
  FROM pg_attrdef d
  JOIN pg_class c ON c.oid = d.adrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
