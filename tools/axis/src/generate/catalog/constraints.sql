-- Every constraint of a table or of a domain. NOT NULL, which PostgreSQL 18 lists here, is read from the column.
--
-- The columns of a CHECK come in the order of the table: the order within its expression may differ between servers.
-- Temporary tables are not looked at: the session that migrated drops its own as it ends, and pg_get_constraintdef fails on
-- what is gone. MATERIALIZED, so that it is not called for them.
-- conenforced came with PostgreSQL 18; before, every constraint is enforced.
WITH lasting AS MATERIALIZED (
    SELECT k.*
      FROM pg_constraint k
      LEFT JOIN pg_class o ON o.oid = k.conrelid
     WHERE k.contype IN ('c', 'p', 'u', 'f', 'x')
       AND o.relpersistence IS DISTINCT FROM 't'
)
SELECT k.conrelid AS relation,
       tn.nspname AS domain_schema,
       t.typname AS domain_name,
       k.conname AS name,
       k.contype::text AS kind,
       (SELECT coalesce(array_agg(a.attname::text ORDER BY CASE WHEN k.contype = 'c' THEN a.attnum ELSE u.position END), '{}')
          FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, position)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum) AS columns,
       rn.nspname AS foreign_schema,
       r.relname AS foreign_table,
       (SELECT coalesce(array_agg(a.attname::text ORDER BY u.position), '{}')
          FROM unnest(k.confkey) WITH ORDINALITY AS u (attnum, position)
          JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum) AS foreign_columns,
       k.conparentid <> 0 AS is_derived,
       k.coninhcount > 0 AS is_inherited,
       coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true) AS enforced,
       pg_get_constraintdef(k.oid) AS definition
  FROM lasting k
  JOIN pg_namespace n ON n.oid = k.connamespace
  LEFT JOIN pg_type t ON t.oid = k.contypid
  LEFT JOIN pg_namespace tn ON tn.oid = t.typnamespace
  LEFT JOIN pg_class r ON r.oid = k.confrelid
  LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
 WHERE (k.contypid <> 0 OR n.nspname NOT IN ('pg_catalog', 'information_schema'))
 ORDER BY k.conrelid, k.conname COLLATE "C", k.oid
