-- Every table, view and foreign table outside of PostgreSQL's own schemas.
--
-- query_tree is the query of a view as the parser left it: the only place that says which of its columns can be NULL.
SELECT c.oid AS oid,
       n.nspname AS schema,
       c.relname AS name,
       c.relkind::text AS kind,
       -- Of partitions of partitions, the table above all.
       top.nspname AS partitioned_schema,
       top.relname AS partitioned_name,
       c.relrowsecurity AS row_security,
       EXISTS (SELECT FROM pg_rewrite w WHERE w.ev_class = c.oid AND w.ev_type <> '1') AS has_rules,
       (SELECT x.extname
          FROM pg_depend d
          JOIN pg_extension x ON x.oid = d.refobjid
         WHERE d.classid = 'pg_class'::regclass
           AND d.objid = c.oid
           AND d.refclassid = 'pg_extension'::regclass
           AND d.deptype = 'e') AS extension,
       (SELECT w.ev_action::text
          FROM pg_rewrite w
         WHERE w.ev_class = c.oid
           AND w.ev_type = '1'
           AND c.relkind IN ('v', 'm')) AS query_tree,
       obj_description(c.oid, 'pg_class') AS comment
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN (SELECT t.oid, ns.nspname, t.relname FROM pg_class t JOIN pg_namespace ns ON ns.oid = t.relnamespace) top
    ON c.relispartition AND top.oid = pg_partition_root(c.oid)
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND c.relpersistence <> 't'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND n.nspname NOT LIKE 'pg\_toast%'
 ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
