-- Everything that says what a row of the wanted tables may be: one row for each object, with the trees of its expressions as
-- PostgreSQL keeps them, and then one row for each name that a tree refers to by number.
--
-- $1, $2: schemas and names of the tables; both NULL for all. $3: whether to print definitions, which only people read.
--
-- What belongs to a type has the type's number as its owner: who follows `uses`, from a column on, finds the types of a table.
-- A recursive query could follow it here; PostgreSQL would expect millions of rows of it, and compile for seconds.
WITH wanted AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relispartition
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
       AND c.relpersistence <> 't'
       AND CASE WHEN $1 IS NULL
                THEN n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_%'
                ELSE (n.nspname::text, c.relname::text)
                     IN (SELECT w."schema", w."table" FROM ROWS FROM (unnest($1), unnest($2)) AS w ("schema", "table"))
           END
),
types AS MATERIALIZED (
    SELECT t.oid, t.typtype, coalesce(e.oid, t.oid) AS element,
           CASE WHEN e.oid IS NULL
                THEN n.nspname::text || '.' || t.typname::text
                ELSE en.nspname::text || '.' || e.typname::text || '[]'
           END AS name,
           e.typtype AS element_typtype,
           coalesce(en.nspname, n.nspname) IN ('pg_catalog', 'information_schema') AS is_own
      FROM pg_catalog.pg_type t
      JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
      LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
      LEFT JOIN pg_catalog.pg_namespace en ON en.oid = e.typnamespace
),
collations AS MATERIALIZED (
    SELECT l.oid, n.nspname::text || '.' || l.collname::text AS name
      FROM pg_catalog.pg_collation l
      JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace
),
attributes AS MATERIALIZED (
    SELECT a.attrelid, a.attnum, a.attname, a.attnotnull, a.attidentity, a.attgenerated, a.atttypid, a.atttypmod,
           a.attcollation, t.typcollation
      FROM pg_catalog.pg_attribute a
      JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     WHERE a.attrelid IN (SELECT oid FROM wanted)
       AND a.attnum > 0
       AND NOT a.attisdropped
),
-- The indexes that make a rule: unique ones, and those of EXCLUDE.
keys AS (
    SELECT i.indexrelid, i.indrelid, i.indexprs::text AS expressions, i.indpred::text AS predicate,
           ARRAY[am.amname::text, i.indimmediate::text, i.indisvalid::text,
                 coalesce(to_jsonb(i) ->> 'indnullsnotdistinct', 'false'),
                 (SELECT string_agg(concat_ws(' ', coalesce(a.attname::text, '()'),
                                              CASE WHEN u.position <= i.indnkeyatts THEN o.opcname::text END,
                                              CASE WHEN u.position <= i.indnkeyatts THEN l.name END), ', '
                                    ORDER BY u.position)
                    FROM unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[])
                         WITH ORDINALITY AS u (attnum, opclass, collated, position)
                    LEFT JOIN attributes a ON a.attrelid = i.indrelid AND a.attnum = u.attnum
                    LEFT JOIN pg_catalog.pg_opclass o ON o.oid = u.opclass
                    LEFT JOIN collations l ON l.oid = u.collated
                   WHERE u.position <= i.indnkeyatts)] AS facts
      FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
      JOIN pg_catalog.pg_am am ON am.oid = c.relam
     WHERE i.indrelid IN (SELECT oid FROM wanted)
       AND (i.indisunique OR i.indisexclusion)
),
constraints AS (
    SELECT k.*,
           k.conrelid::int8 + k.contypid::int8 AS owner,
           coalesce(to_jsonb(k) ->> 'conenforced', 'true') AS enforced,
           coalesce(to_jsonb(k) ->> 'conperiod', 'false') AS period
      FROM pg_catalog.pg_constraint k
     WHERE k.contype IN ('c', 'p', 'u', 'f', 'x')
       AND k.conparentid = 0
       AND (k.conrelid IN (SELECT oid FROM wanted) OR k.contypid IN (SELECT oid FROM types WHERE NOT is_own))
),
triggers AS (
    SELECT g.* FROM pg_catalog.pg_trigger g WHERE NOT g.tgisinternal AND g.tgrelid IN (SELECT oid FROM wanted)
),
-- The functions that rules call: PostgreSQL keeps account of them, whatever the form of the rule.
called AS (
    SELECT DISTINCT o.owner, d.refobjid AS function
      FROM (SELECT 'pg_catalog.pg_constraint'::regclass AS class, k.oid, k.owner FROM constraints k
             UNION ALL
            SELECT 'pg_catalog.pg_trigger'::regclass, g.oid, g.tgrelid FROM triggers g
             UNION ALL
            SELECT 'pg_catalog.pg_attrdef'::regclass, f.oid, f.adrelid FROM pg_catalog.pg_attrdef f
             WHERE f.adrelid IN (SELECT oid FROM wanted)
             UNION ALL
            SELECT 'pg_catalog.pg_class'::regclass, k.indexrelid, k.indrelid FROM keys k
             UNION ALL
            SELECT 'pg_catalog.pg_type'::regclass, t.oid, t.oid FROM types t WHERE t.typtype = 'd' AND NOT t.is_own) AS o
      JOIN pg_catalog.pg_depend d ON d.classid = o.class AND d.objid = o.oid AND d.deptype = 'n'
     WHERE d.refclassid = 'pg_catalog.pg_proc'::regclass
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x
                        WHERE x.classid = 'pg_catalog.pg_proc'::regclass AND x.objid = d.refobjid AND x.deptype = 'e')
),
functions AS (
    SELECT p.oid,
           n.nspname::text || '.' || p.proname::text || '('
               || coalesce((SELECT string_agg(t.name, ', ' ORDER BY u.position)
                              FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS u (type, position)
                              JOIN types t ON t.oid = u.type), '') || ')' AS name
      FROM pg_catalog.pg_proc p
      JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     WHERE p.oid >= 10000
),
objects (owner, kind, number, name, uses, facts, trees, definition) AS (
    SELECT w.oid::int8, 'table', NULL::int2, NULL::text, NULL::int8[],
           ARRAY[w.relkind::text, w.relrowsecurity::text, w.relforcerowsecurity::text], NULL::text[],
           CASE WHEN $3 THEN CASE w.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
                                            WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END
                    || CASE WHEN w.relrowsecurity THEN ', row security' ELSE '' END
                    || CASE WHEN w.relforcerowsecurity THEN ' forced' ELSE '' END
                    || CASE WHEN w.relispartition THEN ', partition' ELSE '' END END
      FROM wanted w
     UNION ALL
    SELECT a.attrelid, 'column', a.attnum, a.attname::text, ARRAY[t.element::int8],
           ARRAY[t.name, a.atttypmod::text, a.attnotnull::text, a.attidentity::text, a.attgenerated::text, l.name],
           ARRAY[d.adbin::text],
           CASE WHEN $3 THEN concat_ws(' ', format_type(a.atttypid, a.atttypmod), 'COLLATE ' || l.name,
                                       CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                                       CASE a.attidentity WHEN 'a' THEN 'GENERATED ALWAYS AS IDENTITY'
                                                          WHEN 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY' END,
                                       CASE a.attgenerated WHEN '' THEN 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)
                                            ELSE 'GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ')'
                                                 || CASE a.attgenerated WHEN 's' THEN ' STORED' ELSE ' VIRTUAL' END END) END
      FROM attributes a
      JOIN types t ON t.oid = a.atttypid
      LEFT JOIN collations l ON l.oid = a.attcollation AND a.attcollation <> a.typcollation
      LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     UNION ALL
    SELECT k.owner, CASE WHEN k.contypid = 0 THEN 'constraint' ELSE 'domain constraint' END, NULL,
           CASE WHEN k.contypid = 0 THEN k.conname::text ELSE d.name || '.' || k.conname::text END, NULL,
           ARRAY[k.contype::text, k.condeferrable::text, k.condeferred::text, k.convalidated::text, k.connoinherit::text,
                 k.enforced, k.period,
                 CASE WHEN k.contype = 'f' THEN
                      (SELECT string_agg(a.attname::text, ', ' ORDER BY u.position)
                         FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, position)
                         JOIN attributes a ON a.attrelid = k.conrelid AND a.attnum = u.attnum) END,
                 fn.nspname::text || '.' || f.relname::text,
                 (SELECT string_agg(a.attname::text, ', ' ORDER BY u.position)
                    FROM unnest(k.confkey) WITH ORDINALITY AS u (attnum, position)
                    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum),
                 k.confmatchtype::text, k.confupdtype::text, k.confdeltype::text,
                 (SELECT string_agg(a.attname::text, ', ' ORDER BY a.attname)
                    FROM jsonb_array_elements_text(to_jsonb(k.confdelsetcols)) AS u (attnum)
                    JOIN attributes a ON a.attrelid = k.conrelid AND a.attnum = u.attnum::int2),
                 (SELECT string_agg(o.oprname, ', ' ORDER BY u.position)
                    FROM unnest(k.conexclop) WITH ORDINALITY AS u (operator, position)
                    JOIN pg_catalog.pg_operator o ON o.oid = u.operator)]
               || i.facts,
           ARRAY[k.conbin::text, i.expressions, i.predicate],
           CASE WHEN $3 THEN pg_get_constraintdef(k.oid) END
      FROM constraints k
      LEFT JOIN types d ON d.oid = k.contypid
      LEFT JOIN pg_catalog.pg_class f ON f.oid = k.confrelid
      LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
      LEFT JOIN keys i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
     UNION ALL
    SELECT i.indrelid, 'unique index', NULL, c.relname::text, NULL, i.facts, ARRAY[i.expressions, i.predicate],
           CASE WHEN $3 THEN pg_get_indexdef(i.indexrelid) END
      FROM keys i
      JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                        WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
     UNION ALL
    SELECT g.tgrelid, 'trigger', NULL, g.tgname::text, NULL,
           ARRAY[f.name, g.tgtype::text, g.tgenabled::text, g.tgdeferrable::text, g.tginitdeferred::text,
                 encode(g.tgargs, 'hex'), g.tgoldtable::text, g.tgnewtable::text,
                 (SELECT string_agg(a.attname::text, ', ' ORDER BY a.attname)
                    FROM unnest(g.tgattr::int2[]) AS u (attnum)
                    JOIN attributes a ON a.attrelid = g.tgrelid AND a.attnum = u.attnum)],
           ARRAY[g.tgqual::text],
           CASE WHEN $3 THEN pg_get_triggerdef(g.oid)
                    || CASE g.tgenabled WHEN 'D' THEN ', disabled' WHEN 'O' THEN '' ELSE ', enabled ' || g.tgenabled::text END END
      FROM triggers g
      LEFT JOIN functions f ON f.oid = g.tgfoid
     UNION ALL
    SELECT p.polrelid, 'policy', NULL, p.polname::text, NULL, ARRAY[p.polcmd::text, p.polpermissive::text],
           ARRAY[p.polqual::text, p.polwithcheck::text],
           CASE WHEN $3 THEN concat_ws(' ', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                                       'FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                                                               WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                                       'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
                                       'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') END
      FROM pg_catalog.pg_policy p
     WHERE p.polrelid IN (SELECT oid FROM wanted)
     UNION ALL
    SELECT t.oid, 'type', NULL, t.name,
           (SELECT array_agg(p.element::int8)
              FROM (SELECT d.typbasetype AS part WHERE t.typtype = 'd'
                     UNION ALL
                    SELECT m.atttypid FROM pg_catalog.pg_attribute m
                     WHERE t.typtype = 'c' AND m.attrelid = d.typrelid AND m.attnum > 0 AND NOT m.attisdropped
                     UNION ALL
                    SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)) AS m
              JOIN types p ON p.oid = m.part),
           CASE t.typtype
               WHEN 'e' THEN (SELECT 'e'::text || array_agg(l.enumlabel::text ORDER BY l.enumsortorder)
                                FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid)
               WHEN 'd' THEN ARRAY['d', b.name, d.typtypmod::text, d.typnotnull::text,
                                   CASE WHEN d.typcollation <> base.typcollation THEN l.name END]
               WHEN 'c' THEN (SELECT 'c'::text || array_agg(concat_ws(' ', m.attname::text, mt.name, m.atttypmod, ml.name)
                                                      ORDER BY m.attnum)
                                FROM pg_catalog.pg_attribute m
                                JOIN types mt ON mt.oid = m.atttypid
                                LEFT JOIN collations ml ON ml.oid = m.attcollation AND m.attcollation <> 100
                               WHERE m.attrelid = d.typrelid AND m.attnum > 0 AND NOT m.attisdropped)
               ELSE ARRAY[t.typtype::text, (SELECT s.name FROM pg_catalog.pg_range r JOIN types s ON s.oid = r.rngsubtype
                                             WHERE t.oid IN (r.rngtypid, r.rngmultitypid))]
           END,
           ARRAY[CASE WHEN t.typtype = 'd' THEN d.typdefaultbin::text END],
           CASE WHEN $3 THEN
               CASE t.typtype
                   WHEN 'e' THEN (SELECT 'enum (' || string_agg(quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder) || ')'
                                    FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid)
                   WHEN 'd' THEN concat_ws(' ', 'domain over', format_type(d.typbasetype, d.typtypmod),
                                           CASE WHEN d.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || d.typdefault)
                   WHEN 'c' THEN (SELECT 'row (' || string_agg(m.attname::text || ' ' || format_type(m.atttypid, m.atttypmod), ', '
                                                               ORDER BY m.attnum) || ')'
                                    FROM pg_catalog.pg_attribute m
                                   WHERE m.attrelid = d.typrelid AND m.attnum > 0 AND NOT m.attisdropped)
                   WHEN 'r' THEN (SELECT 'range of ' || s.name FROM pg_catalog.pg_range r JOIN types s ON s.oid = r.rngsubtype
                                   WHERE t.oid = r.rngtypid)
                   WHEN 'm' THEN (SELECT 'multirange of ' || s.name FROM pg_catalog.pg_range r JOIN types s ON s.oid = r.rngsubtype
                                   WHERE t.oid = r.rngmultitypid)
                   ELSE 'base type'
               END
           END
      FROM types t
      JOIN pg_catalog.pg_type d ON d.oid = t.oid
      LEFT JOIN types b ON b.oid = d.typbasetype
      LEFT JOIN pg_catalog.pg_type base ON base.oid = d.typbasetype
      LEFT JOIN collations l ON l.oid = d.typcollation
     WHERE NOT t.is_own
       AND t.oid = t.element
       -- Of the rows of tables, those that a column holds.
       AND (d.typrelid = 0
            OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = d.typrelid AND c.relkind = 'c')
            OR t.oid IN (SELECT held.element FROM attributes a JOIN types held ON held.oid = a.atttypid))
     UNION ALL
    SELECT c.owner, 'function', NULL, f.name, NULL,
           ARRAY[l.lanname::text, p.provolatile::text, p.proisstrict::text, r.name, p.prosrc], ARRAY[p.prosqlbody::text],
           CASE WHEN $3 THEN concat_ws(' ', 'LANGUAGE', l.lanname,
                                       CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END,
                                       CASE WHEN p.proisstrict THEN 'STRICT' END,
                                       coalesce('AS ' || nullif(p.prosrc, ''), pg_get_function_sqlbody(p.oid))) END
      FROM called c
      JOIN pg_catalog.pg_proc p ON p.oid = c.function
      JOIN functions f ON f.oid = p.oid
      JOIN pg_catalog.pg_language l ON l.oid = p.prolang
      LEFT JOIN types r ON r.oid = p.prorettype
     UNION ALL
    -- The form of a query differs between major versions, more than that of an expression: only people compare it.
    SELECT w.oid, 'query', NULL, NULL, NULL, ARRAY[]::text[], ARRAY[q.ev_action::text], pg_get_viewdef(w.oid)
      FROM wanted w
      JOIN pg_catalog.pg_rewrite q ON q.ev_class = w.oid AND q.ev_type = '1'
     WHERE $3 AND w.relkind IN ('v', 'm')
),
trees AS MATERIALIZED (
    SELECT DISTINCT tree FROM objects, unnest(objects.trees) AS tree WHERE tree IS NOT NULL
),
-- Below 10000 a number stands for the same on every server.
numbers AS (
    SELECT DISTINCT v.match[1] AS field, v.match[2]::oid AS oid
      FROM trees, regexp_matches(trees.tree, ':(opno|funcid|inputcollid|collOid|consttype|resulttype|row_typeid|relid) ([1-9]\d{4,})', 'g')
           AS v (match)
     UNION
    -- Constants that are numbers of something: regclass and its like.
    SELECT CASE v.match[1] WHEN '2205' THEN 'relid' WHEN '2206' THEN 'consttype' WHEN '3734' THEN 'config' ELSE 'funcid' END,
           ((v.match[2]::int8 & 255) + ((v.match[3]::int8 & 255) << 8) + ((v.match[4]::int8 & 255) << 16)
               + ((v.match[5]::int8 & 255) << 24))::oid
      FROM trees, regexp_matches(trees.tree,
               ':consttype (24|2202|2205|2206|3734) [^{}]*?:constvalue 4 \[ (-?\d+) (-?\d+) (-?\d+) (-?\d+) ', 'g') AS v (match)
),
names (class, oid, name, kind) AS (
    SELECT 'operator', o.oid,
           n.nspname::text || '.' || o.oprname || ' (' || concat_ws(', ', l.name, r.name) || ')', NULL
      FROM numbers u
      JOIN pg_catalog.pg_operator o ON o.oid = u.oid
      JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
      LEFT JOIN types l ON l.oid = o.oprleft
      LEFT JOIN types r ON r.oid = o.oprright
     WHERE u.field = 'opno'
     UNION ALL
    SELECT 'function', f.oid, f.name, NULL FROM numbers u JOIN functions f ON f.oid = u.oid WHERE u.field = 'funcid'
     UNION ALL
    SELECT 'collation', l.oid, l.name, NULL FROM numbers u JOIN collations l ON l.oid = u.oid
     WHERE u.field IN ('inputcollid', 'collOid')
     UNION ALL
    SELECT 'relation', c.oid, n.nspname::text || '.' || c.relname::text, NULL
      FROM numbers u
      JOIN pg_catalog.pg_class c ON c.oid = u.oid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE u.field = 'relid'
     UNION ALL
    -- The columns of what a query reads, whoever owns that.
    SELECT 'column', a.attrelid, a.attname::text, a.attnum::text
      FROM pg_catalog.pg_attribute a
     WHERE a.attrelid IN (SELECT v.match[1]::oid FROM trees, regexp_matches(trees.tree, ':relid ([1-9]\d*)', 'g') AS v (match))
       AND a.attnum > 0
       AND NOT a.attisdropped
     UNION ALL
    SELECT 'config', g.oid, n.nspname::text || '.' || g.cfgname::text, NULL
      FROM numbers u
      JOIN pg_catalog.pg_ts_config g ON g.oid = u.oid
      JOIN pg_catalog.pg_namespace n ON n.oid = g.cfgnamespace
     WHERE u.field = 'config'
     UNION ALL
    SELECT 'type', t.oid, t.name, CASE WHEN t.typtype = 'e' THEN 'enum' WHEN t.element_typtype = 'e' THEN 'enum[]' END
      FROM numbers u
      JOIN types t ON t.oid = u.oid
     WHERE u.field IN ('consttype', 'resulttype', 'row_typeid')
     UNION ALL
    SELECT 'label', e.oid, e.enumlabel::text, NULL
      FROM pg_catalog.pg_enum e
     WHERE e.enumtypid IN (SELECT t.element FROM numbers u JOIN types t ON t.oid = u.oid)
)
SELECT o.owner::int8 AS owner, w.nspname::text AS "schema", w.relname::text AS "table", o.kind AS kind, o.number AS number, o.name AS name,
       o.uses AS uses, o.facts AS facts, o.trees AS trees, o.definition AS definition
  FROM objects o
  LEFT JOIN wanted w ON w.oid = o.owner
 UNION ALL
SELECT n.oid::int8, NULL, NULL, 'name of a ' || n.class, NULL, n.name, NULL, ARRAY[n.kind], NULL, NULL
  FROM names n
