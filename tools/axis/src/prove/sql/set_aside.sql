-- What is no rule of a single row. Runs after the catalog was read. Each list is sorted, so that it is whole before the
-- first of its names is dropped: CASCADE may take others along.
DO $$
DECLARE
    found record;
BEGIN
    -- Partitions: one without rules of its own takes all rows of its parent.
    FOR found IN
        SELECT c.oid::regclass::text AS relation
          FROM pg_class c
          JOIN pg_inherits i ON i.inhrelid = c.oid
         WHERE c.relispartition AND c.relkind IN ('r', 'p', 'f')
           AND NOT (SELECT p.relispartition FROM pg_class p WHERE p.oid = i.inhparent)
         ORDER BY 1
    LOOP
        EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', found.relation);
    END LOOP;
    -- Rules, but for those that are views.
    FOR found IN
        SELECT r.rulename AS name, r.ev_class::regclass::text AS relation
          FROM pg_rewrite r
          JOIN pg_class c ON c.oid = r.ev_class
          JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE r.rulename <> '_RETURN' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
         ORDER BY 1, 2
    LOOP
        EXECUTE format('DROP RULE IF EXISTS %I ON %s', found.name, found.relation);
    END LOOP;
    FOR found IN
        SELECT r.conrelid::regclass::text AS relation, r.conname AS name
          FROM pg_constraint r
          JOIN pg_class c ON c.oid = r.conrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE r.contype IN ('f', 'p', 'u', 'x') AND r.conparentid = 0
           AND n.nspname NOT IN ('pg_catalog', 'information_schema')
         ORDER BY r.contype <> 'f', 1, 2
    LOOP
        EXECUTE format('ALTER TABLE IF EXISTS %s DROP CONSTRAINT IF EXISTS %I CASCADE', found.relation, found.name);
    END LOOP;
    FOR found IN
        SELECT i.indexrelid::regclass::text AS name
          FROM pg_index i
          JOIN pg_class c ON c.oid = i.indexrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema')
           AND n.nspname NOT LIKE 'pg\_toast%'
         ORDER BY 1
    LOOP
        EXECUTE format('DROP INDEX IF EXISTS %s CASCADE', found.name);
    END LOOP;
    FOR found IN
        SELECT t.tgrelid::regclass::text AS relation, t.tgname AS name
          FROM pg_trigger t
          JOIN pg_class c ON c.oid = t.tgrelid
         WHERE NOT t.tgisinternal AND t.tgparentid = 0
         ORDER BY 1, 2
    LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s CASCADE', found.name, found.relation);
    END LOOP;
    FOR found IN
        SELECT c.oid, c.oid::regclass::text AS relation, p.partstrat AS strategy
          FROM pg_partitioned_table p
          JOIN pg_class c ON c.oid = p.partrelid
         WHERE NOT c.relispartition
         ORDER BY 1
    LOOP
        EXECUTE format(
            'CREATE TABLE public.axis_prove_partition_%s PARTITION OF %s %s',
            found.oid, found.relation,
            CASE found.strategy WHEN 'h' THEN 'FOR VALUES WITH (MODULUS 1, REMAINDER 0)' ELSE 'DEFAULT' END);
    END LOOP;
END
$$;
