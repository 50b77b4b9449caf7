-- Every column of the relations of relations.sql, in the order of the table.
--
-- data_type does not depend on search_path: format_type for the types of pg_catalog, else the type's qualified name
-- with its modifier (format_type's text less its text without one) and, for an array, `[]`.
--
-- holds_null is of columns that are NOT NULL for new rows, and yet may be read as NULL: from a child by inheritance that
-- has lost the rule, or from rows that are older than a rule that is NOT VALID (PostgreSQL 18).
WITH RECURSIVE child (parent, relation) AS (
    SELECT i.inhparent, i.inhrelid
      FROM pg_inherits i
      JOIN pg_class c ON c.oid = i.inhrelid
     WHERE NOT c.relispartition
       AND c.relkind IN ('r', 'f')
     UNION
    SELECT child.parent, i.inhrelid
      FROM child
      JOIN pg_inherits i ON i.inhparent = child.relation
)
SELECT a.attrelid AS relation,
       a.attnum AS position,
       a.attname AS name,
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
       a.attnotnull AS not_null,
       a.attnotnull
           AND (EXISTS (SELECT
                          FROM child
                          JOIN pg_attribute h ON h.attrelid = child.relation AND h.attname = a.attname
                         WHERE child.parent = a.attrelid
                           AND NOT h.attisdropped
                           AND NOT h.attnotnull)
                OR EXISTS (SELECT
                             FROM pg_constraint k
                            WHERE k.conrelid = a.attrelid
                              AND k.contype = 'n'
                              AND k.conkey = ARRAY[a.attnum]
                              AND NOT k.convalidated)) AS holds_null,
       a.attidentity::text AS identity,
       a.attgenerated::text AS generated,
       -- Of a column without a default, its type's counts: that of a domain. A DEFAULT NULL, which takes it away, is one here.
       CASE
           WHEN d.adbin IS NOT NULL THEN pg_get_expr(d.adbin, d.adrelid)
           WHEN c.relkind IN ('r', 'p', 'f') AND a.attidentity = '' THEN t.typdefault
       END AS expression,
       col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_namespace tn ON tn.oid = t.typnamespace
  LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
  LEFT JOIN pg_namespace en ON en.oid = e.typnamespace
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND c.relpersistence <> 't'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND n.nspname NOT LIKE 'pg\_toast%'
   AND a.attnum > 0
   AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum
