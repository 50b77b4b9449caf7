-- Every member of a composite type, in its order. data_type is as in columns.sql.
SELECT n.nspname AS schema,
       c.relname AS name,
       a.attname AS member,
       tn.nspname AS type_schema,
       t.typname AS type_name,
       a.atttypmod AS type_modifier,
       CASE
           WHEN coalesce(en.nspname, tn.nspname) = 'pg_catalog' THEN format_type(t.oid, a.atttypmod)
           ELSE quote_ident(coalesce(en.nspname, tn.nspname)) || '.' || quote_ident(coalesce(e.typname, t.typname))
                || substr(format_type(coalesce(e.oid, t.oid), a.atttypmod),
                          length(format_type(coalesce(e.oid, t.oid), NULL)) + 1)
                || CASE WHEN e.oid IS NOT NULL THEN '[]' ELSE '' END
       END AS data_type,
       col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_namespace tn ON tn.oid = t.typnamespace
  LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
  LEFT JOIN pg_namespace en ON en.oid = e.typnamespace
 WHERE c.relkind = 'c'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND a.attnum > 0
   AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum
