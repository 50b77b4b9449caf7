-- Every type that a column can have, but for the row types of tables.
SELECT n.nspname AS schema,
       t.typname AS name,
       t.typtype::text AS kind,
       t.typdelim::text AS delimiter,
       en.nspname AS element_schema,
       e.typname AS element_name,
       bn.nspname AS base_schema,
       b.typname AS base_name,
       sn.nspname AS subtype_schema,
       s.typname AS subtype_name,
       t.typtypmod AS type_modifier,
       t.typnotnull AS not_null,
       (SELECT coalesce(array_agg(l.enumlabel::text ORDER BY l.enumsortorder), '{}')
          FROM pg_enum l
         WHERE l.enumtypid = t.oid) AS labels,
       obj_description(t.oid, 'pg_type') AS comment
  FROM pg_type t
  JOIN pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_class c ON c.oid = t.typrelid
  LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
  LEFT JOIN pg_namespace en ON en.oid = e.typnamespace
  LEFT JOIN pg_type b ON b.oid = t.typbasetype
  LEFT JOIN pg_namespace bn ON bn.oid = b.typnamespace
  LEFT JOIN pg_range r ON t.oid IN (r.rngtypid, r.rngmultitypid)
  LEFT JOIN pg_type s ON s.oid = r.rngsubtype
  LEFT JOIN pg_namespace sn ON sn.oid = s.typnamespace
 WHERE (t.typtype <> 'c' OR c.relkind = 'c')
   AND t.typtype <> 'p'
   AND n.nspname NOT LIKE 'pg\_toast%'
 ORDER BY n.nspname COLLATE "C", t.typname COLLATE "C"
