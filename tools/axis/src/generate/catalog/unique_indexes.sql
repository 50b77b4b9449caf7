-- Every unique index that no constraint stands for.
--
-- An index on an expression has the columns that its key reads: they are found in the expression's node tree. Its
-- predicate does not count, for a change of a column that only the predicate reads is no duplicate of that column.
--
-- Those of temporary tables are not looked at, as in constraints.sql.
WITH lasting AS MATERIALIZED (
    SELECT i.*, c.relname, c.relnamespace
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indisunique
       AND c.relpersistence <> 't'
)
SELECT i.indrelid AS relation,
       i.relname AS name,
       (SELECT coalesce(array_agg(a.attname::text ORDER BY k.position, a.attnum), '{}')
          FROM (SELECT key.attnum, min(key.position) AS position
                  FROM (SELECT u.attnum, u.position
                          FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u (attnum, position)
                         WHERE u.position <= i.indnkeyatts AND u.attnum <> 0
                         UNION ALL
                        SELECT v.match[1]::int2, i.indnkeyatts + 1
                          FROM regexp_matches(i.indexprs::text, ':varattno (\d+)', 'g') AS v (match)) AS key
                 GROUP BY key.attnum) AS k
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) AS columns,
       i.indpred IS NULL AND i.indexprs IS NULL AS is_key,
       pg_get_indexdef(i.indexrelid) AS definition
  FROM lasting i
  JOIN pg_namespace n ON n.oid = i.relnamespace
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND n.nspname NOT LIKE 'pg\_toast%'
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
 ORDER BY i.indrelid, i.relname COLLATE "C"
