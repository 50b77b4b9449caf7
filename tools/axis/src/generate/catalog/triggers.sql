-- Every trigger of a user that is switched on. tgtype is a set of bits: 1 row, 2 before, 4 insert, 8 delete, 16 update,
-- 32 truncate, 64 instead.
SELECT g.tgrelid AS relation,
       g.tgname AS name,
       (g.tgtype & 1) <> 0 AS for_each_row,
       (g.tgtype & 2) <> 0 AS before,
       (g.tgtype & 4) <> 0 AS on_insert,
       (g.tgtype & 16) <> 0 AS on_update,
       (g.tgtype & 8) <> 0 AS on_delete,
       p.proname AS function
  FROM pg_trigger g
  JOIN pg_proc p ON p.oid = g.tgfoid
 WHERE NOT g.tgisinternal
   AND g.tgenabled IN ('O', 'A')
 ORDER BY g.tgrelid, g.tgname COLLATE "C"
