-- Shapes and names that generators break on, some of them by the dozen. Read by tests/nasty.rs.

CREATE SCHEMA audit;
CREATE SCHEMA "MixedCase";
CREATE SCHEMA größe;
CREATE SCHEMA sql_types;
CREATE SCHEMA same_query;
CREATE SCHEMA types;
CREATE SCHEMA generated;
CREATE SCHEMA users;
-- Diesel cannot name these.
CREATE SCHEMA "my-schema";
CREATE SCHEMA "type";
CREATE SCHEMA "2nd";

-- Every keyword of Rust, and every name that generated code has or that Diesel's macros use: as a table, as its column, and
-- as a constraint.
DO $$
DECLARE
    word text;
    words text[] := ARRAY[
        'as', 'async', 'await', 'break', 'const', 'continue', 'crate', 'dyn', 'else', 'enum', 'extern', 'false', 'fn', 'for',
        'if', 'impl', 'in', 'let', 'loop', 'match', 'mod', 'move', 'mut', 'pub', 'ref', 'return', 'self', 'Self', 'static',
        'struct', 'super', 'trait', 'true', 'type', 'unsafe', 'use', 'where', 'while', 'abstract', 'become', 'box', 'do',
        'final', 'macro', 'override', 'priv', 'typeof', 'unsized', 'virtual', 'yield', 'try', 'gen', 'union', 'raw', 'safe',
        'macro_rules', 'auto', 'default', 'static_',
        'postgres', 'types', 'nasty', 'further_schema', 'schema', 'sql_types', 'same_query', 'core', 'std', 'alloc', 'diesel',
        'serde', 'garde', 'chrono', 'uuid', 'serde_json', 'bigdecimal', 'ipnet', 'Select', 'Insert', 'Update', 'Constraint',
        'TABLE', 'TABLES', 'Column', 'Violation', 'table', 'columns', 'dsl', 'all_columns', 'star', 'ops', 'str', 'bool',
        'q', 'From', 'Left', 'Date', 'T', 'DB', 'Ok', 'Nullable', 'Text', 'Array', 'is_nullable', 'violations', 'value',
        'element', 'report', 'parent', 'column', 'id', 'i32', 'u8', 'String', 'Option', 'Vec', 'None', 'Default', 'Result',
        'wire_name', 'metadata', 'from_error', 'path', 'context', 'out', 'main', 'lib', 'test', 'tests', 'con', 'nul'
    ];
BEGIN
    FOREACH word IN ARRAY words LOOP
        -- Distinct from the table of columns below, whose name is its own.
        EXECUTE format(
            'CREATE TABLE %I (%I varchar(5) CONSTRAINT %I PRIMARY KEY, %I int NOT NULL CONSTRAINT %I CHECK (%I >= 0))',
            word, word, word || '_pkey_of_its_own', word || '_', word, word || '_');
    END LOOP;
    -- All of them as columns, so many to a table.
    FOR number IN 0 .. (array_length(words, 1) - 1) / 16 LOOP
        EXECUTE format('CREATE TABLE columns_%s (%s, PRIMARY KEY (%I))', number,
            (SELECT string_agg(format('%I text DEFAULT %L', word_of, word_of), ', ')
               FROM unnest(words[number * 16 + 1 : number * 16 + 16]) AS word_of),
            words[number * 16 + 1]);
    END LOOP;
    -- And as the labels of an enum, and as types.
    EXECUTE format('CREATE TYPE words AS ENUM (%s)', (SELECT string_agg(quote_literal(word_of), ', ') FROM unnest(words) AS word_of));
END
$$;
CREATE TABLE of_words (id int PRIMARY KEY, word words NOT NULL, further words[]);

-- Names of types.
CREATE TYPE "interval" AS ENUM ('short');
CREATE TYPE "nullable" AS ENUM ('yes');
CREATE TYPE audit."self" AS ENUM ('me');
CREATE TYPE "2d" AS ENUM ('x', 'y');
CREATE TYPE "日本" AS ENUM ('東京', '大阪', '');
CREATE TYPE "Table" AS ENUM ('a');
CREATE TYPE string AS ENUM ('a');
CREATE TYPE _array AS ENUM ('a');
CREATE TYPE "some" AS ENUM ('None', 'Some');
CREATE TYPE audit."None" AS ENUM ('a');
CREATE TYPE ok AS ENUM ('Ok', 'Err');
CREATE TYPE mood AS ENUM ('sad', 'SAD', 'Sad', 's a d', '"', '\', E'\n', '*/', '`', 'ſ');
CREATE TYPE audit.mood AS ENUM ('calm');
CREATE TYPE "MixedCase".mood AS ENUM ('Calm');
CREATE TYPE audit.only_here AS ENUM ('a', 'b');
CREATE TYPE pair AS (first int, second text);
CREATE TYPE audit.pair AS (first int, second text);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN audit.positive AS int NOT NULL CHECK (VALUE > 0);
CREATE DOMAIN more_positive AS positive CHECK (VALUE > 1);
CREATE TABLE of_types (
    id int PRIMARY KEY,
    a public."interval", b "nullable", c audit."self", d "2d", e "日本", f "Table", g string, h _array, i mood, j audit.mood,
    k "MixedCase".mood, l pair, m audit.pair, n positive, o more_positive, p "日本"[], q "some", r audit."None"[], s ok NOT NULL DEFAULT 'Ok'
);
CREATE TABLE audit.of_types (id int PRIMARY KEY, "Mood" mood, "AuditMood" audit.mood, other "MixedCase".mood, "Date" date, n audit.positive);
CREATE TABLE type_and_column (id int PRIMARY KEY, "Mood" mood NOT NULL);

-- Names that are equal but for what Rust does not see.
CREATE TABLE "Equal" (id int PRIMARY KEY);
CREATE TABLE equal (id int PRIMARY KEY);
CREATE TABLE "EQUAL" (id int PRIMARY KEY);
CREATE TABLE "e-qual" (id int PRIMARY KEY);
CREATE TABLE "e qual" (id int PRIMARY KEY);
CREATE TABLE e_qual (id int PRIMARY KEY);
CREATE TABLE "日 本" (id int PRIMARY KEY, "名前" text, "年齢" int, "naïve" text, "nave" text);
CREATE TABLE "中国" (id int PRIMARY KEY);
CREATE TABLE " " (" " int PRIMARY KEY, "  " text, "." text, "_" text, "__" text, "___" text, "1" text, "_1" text);
CREATE TABLE equal_columns (id int PRIMARY KEY, "Id" int, "ID" int, "iD" int, "i d" int, i_d int, "i-d" int, "fooBar" int, foo_bar int, "FooBar" int, "foo bar" int);
CREATE TABLE "quo""te" ("a""b" int PRIMARY KEY, "a'b" text, "a`b" text, "a\b" text, "a/*b" text, "a*/b" text, "a//b" text, "{}" text, "%s" text, "#" text, "r#""x""#" text, "r#type" text, "$1" text, "?" text);
CREATE TABLE "control
line" ("tab	ulator" int PRIMARY KEY, "new
line" text NOT NULL, "carriage return" text);
CREATE TABLE "‮bidi" (id int PRIMARY KEY, "‮a" text, "﻿bom" text, "​zero" text);
CREATE TABLE a23456789_123456789_123456789_123456789_123456789_123456789_123 (
    b23456789_123456789_123456789_123456789_123456789_123456789_123 varchar(3) NOT NULL,
    b23456789_123456789_123456789_123456789_123456789_123456789_124 varchar(3) NOT NULL,
    "größegrößegrößegrößegrößegrößegrößegrößegrößegröße" varchar(3) NOT NULL,
    CONSTRAINT c23456789_123456789_123456789_123456789_123456789_123456789_123 PRIMARY KEY (b23456789_123456789_123456789_123456789_123456789_123456789_123)
);
CREATE TABLE constraint_names (
    id int CONSTRAINT "1" PRIMARY KEY,
    a int CONSTRAINT "日本" CHECK (a > 0) CONSTRAINT "constraint names 日本" CHECK (a > 1) CONSTRAINT " " CHECK (a > 2),
    b int CONSTRAINT "All" UNIQUE CONSTRAINT "ALL" CHECK (b > 0) CONSTRAINT all_ CHECK (b > 1),
    c int NOT NULL CONSTRAINT c_not_null CHECK (c > 0) CONSTRAINT c_type CHECK (c > 1),
    d int CONSTRAINT "*/ ` """ CHECK (d > 0) CONSTRAINT "Self" CHECK (d > 1),
    EXCLUDE USING btree (c WITH =)
);

-- Keys.
CREATE TABLE no_key (id int, note text);
CREATE TABLE no_key_required (id int NOT NULL, note text NOT NULL DEFAULT '', number bigint GENERATED ALWAYS AS IDENTITY);
CREATE TABLE no_key_unique (id int NOT NULL UNIQUE, other int NOT NULL, note text, UNIQUE (other, id));
CREATE UNIQUE INDEX partial ON no_key_unique (other) WHERE other > 0;
CREATE TABLE no_key_index (id int NOT NULL, lower text);
CREATE UNIQUE INDEX no_key_index_idx ON no_key_index (id) INCLUDE (lower);
CREATE UNIQUE INDEX no_key_index_lower ON no_key_index (lower(lower));
CREATE TABLE no_key_all_generated (id int GENERATED ALWAYS AS (1) STORED);
CREATE TABLE composite_key (a int, b text, c uuid, PRIMARY KEY (c, a));
CREATE TABLE all_in_key (a int, b text, PRIMARY KEY (a, b));
CREATE TABLE key_included (a int, b text, PRIMARY KEY (a) INCLUDE (b));
CREATE TABLE key_deferred (a int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE own_parent (id int PRIMARY KEY, parent_id int REFERENCES own_parent, root_id int NOT NULL REFERENCES own_parent);
CREATE TABLE egg (id int PRIMARY KEY, hen_id int);
CREATE TABLE hen (id int PRIMARY KEY, egg_id int NOT NULL REFERENCES egg);
ALTER TABLE egg ADD FOREIGN KEY (hen_id) REFERENCES hen DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE ring_a (id int PRIMARY KEY, c_id int);
CREATE TABLE ring_b (id int PRIMARY KEY, a_id int REFERENCES ring_a);
CREATE TABLE ring_c (id int PRIMARY KEY, b_id int REFERENCES ring_b);
ALTER TABLE ring_a ADD FOREIGN KEY (c_id) REFERENCES ring_c;
CREATE TABLE by_unique (id int PRIMARY KEY, other int REFERENCES no_key_unique (id));
CREATE TABLE empty_table ();
CREATE TABLE inherits_nothing () INHERITS (empty_table);
CREATE TABLE dropped (id int PRIMARY KEY, gone int, stays text);
ALTER TABLE dropped DROP gone;
CREATE TABLE all_dropped (gone int);
ALTER TABLE all_dropped DROP gone;

-- Several schemas: one name in each, and keys across them.
CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE audit.users (id int PRIMARY KEY, user_id int NOT NULL REFERENCES public.users, mood audit.mood, public_mood public.mood, own audit.only_here);
CREATE TABLE "MixedCase".users (id int PRIMARY KEY, user_id int REFERENCES audit.users);
CREATE TABLE "MixedCase"."Users" (id int PRIMARY KEY);
CREATE TABLE größe.users (id int PRIMARY KEY, user_id int REFERENCES "MixedCase"."Users");
CREATE TABLE users.users (users int PRIMARY KEY);
CREATE TABLE users.type (type int PRIMARY KEY);
CREATE TABLE audit (id int PRIMARY KEY, user_id int REFERENCES audit.users);
CREATE TABLE sql_types.sql_types (sql_types int PRIMARY KEY, mood mood);
CREATE TABLE same_query.same_query (id int PRIMARY KEY REFERENCES sql_types.sql_types);
CREATE TABLE types.types (id int PRIMARY KEY, word words);
CREATE TABLE generated.generated (id int PRIMARY KEY);
CREATE TABLE "my-schema".t (id int PRIMARY KEY);
CREATE TABLE "type".t (id int PRIMARY KEY);
CREATE TABLE "2nd".t (id int PRIMARY KEY);
CREATE TABLE audit.no_key (id int, mood "my-schema".t);
ALTER TABLE users ADD last_id int REFERENCES audit.users;

-- Partitions and inheritance.
CREATE TABLE measured (id int NOT NULL, at date NOT NULL, value numeric(5, 2) CHECK (value > 0), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE measured_2026 PARTITION OF measured FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (id);
CREATE TABLE measured_2026_1 PARTITION OF measured_2026 FOR VALUES IN (1);
CREATE TABLE audit.measured_default PARTITION OF measured DEFAULT;
CREATE TABLE keyless_parent (id int, at date) PARTITION BY HASH (id);
CREATE TABLE keyless_part PARTITION OF keyless_parent FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE of_measured (id int PRIMARY KEY, measured_id int, at date, FOREIGN KEY (measured_id, at) REFERENCES measured);
CREATE TABLE ancestor (
    id int PRIMARY KEY,
    name varchar(5) NOT NULL,
    CONSTRAINT inherited CHECK (name <> ''),
    CONSTRAINT own_only CHECK (id > 0) NO INHERIT
);
CREATE TABLE descendant (extra int NOT NULL, CONSTRAINT of_both CHECK (extra > id)) INHERITS (ancestor);
CREATE TABLE grandchild (PRIMARY KEY (id)) INHERITS (descendant);
CREATE TABLE other_ancestor (id int, note text);
CREATE TABLE of_two () INHERITS (ancestor, other_ancestor);
ALTER TABLE grandchild ALTER name DROP NOT NULL;

-- Kinds.
CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY);
CREATE TEMPORARY TABLE temporary_table (id int PRIMARY KEY);
CREATE TYPE row_of AS (id int, name text);
CREATE TABLE typed OF row_of (PRIMARY KEY (id));
CREATE TABLE of_rows (id int PRIMARY KEY, one users, many users[], typed row_of, itself audit.no_key);
CREATE TABLE generated_columns (
    id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, a int, b bigint GENERATED ALWAYS AS (a::bigint * 2) STORED, c text NOT NULL GENERATED ALWAYS AS ('x') STORED, d serial
);
CREATE TABLE with_rules (id int PRIMARY KEY, note text);
CREATE RULE instead AS ON INSERT TO with_rules WHERE NEW.id < 0 DO INSTEAD NOTHING;
CREATE RULE also AS ON UPDATE TO with_rules DO ALSO NOTHING;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE foreign_table (id int NOT NULL, name varchar(5), CHECK (id > 0)) SERVER nowhere;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE with_triggers (id int PRIMARY KEY);
CREATE TRIGGER "before */ ""all""" BEFORE INSERT OR UPDATE OR DELETE ON with_triggers FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER truncated AFTER TRUNCATE ON with_triggers FOR EACH STATEMENT EXECUTE FUNCTION touch();
CREATE CONSTRAINT TRIGGER deferred AFTER INSERT ON with_triggers DEFERRABLE FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE unknown_types (id int PRIMARY KEY, a point, b box, c xml, d tsquery, e txid_snapshot, f pg_lsn, g "char", h name, i refcursor, j regclass, k int2vector, l jsonpath, m aclitem, n money, o macaddr8, p timetz, s information_schema.sql_identifier, t information_schema.yes_or_no);
CREATE TABLE required_unknown (id int PRIMARY KEY, a point NOT NULL);
CREATE TABLE only_unknown (a point NOT NULL DEFAULT '(0,0)', EXCLUDE USING gist (a WITH ~=));

-- Views.
CREATE VIEW of_users AS SELECT id, name, last_id, count(*) OVER () AS n FROM users;
CREATE VIEW of_view AS SELECT u.*, a.user_id, a.mood FROM of_users u LEFT JOIN audit.users a ON a.id = u.last_id;
CREATE VIEW audit.of_users AS SELECT * FROM public.of_users;
CREATE VIEW "View of" AS SELECT 1 AS "type", 'x'::text AS "From", NULL::int AS "a b", 2 AS a_b, ARRAY[1, 2] AS "?column?";
CREATE MATERIALIZED VIEW counted AS SELECT name, count(*) AS n FROM users GROUP BY name;
CREATE UNIQUE INDEX ON counted (name);
CREATE VIEW without_columns AS SELECT;
CREATE VIEW of_unknown AS SELECT a FROM only_unknown;
CREATE VIEW of_itself AS WITH RECURSIVE r (n) AS (SELECT 1 UNION SELECT n + 1 FROM r WHERE n < 3) SELECT n FROM r;
CREATE VIEW of_catalog AS SELECT oid, relname, relacl FROM pg_class;
CREATE VIEW of_information AS SELECT table_name, is_updatable FROM information_schema.columns;
CREATE VIEW of_join AS SELECT * FROM users FULL JOIN egg USING (id);
CREATE VIEW of_row AS SELECT u AS whole, ROW(1, 2) = ROW(1, 2) AS equal FROM users u;
CREATE VIEW words_view AS SELECT w.word, '{as}'::words[] AS nothing FROM of_words w WHERE false;
CREATE RECURSIVE VIEW counting (n) AS SELECT 1 UNION ALL SELECT n + 1 FROM counting WHERE n < 5;

-- Comments.
DO $$
DECLARE
    odd text := E'*/ /* ` `` ``` ~~~ \\ " '' # $ { } {} {0} %s \u202e \ufeff \u200b \u2028 \u0007 \r\n\n\n    indented\n\ttabbed\n```\nfn main() { panic!() }\n```\n[link] [`broken`] <b>html</b> <script> | cell | -- x\n//! inner\n/// outer\n#![attribute]\n"# "## r#"\n@generated by `axis generate`\n- [ ] task\n<!-- \nhttp://example.com and \U0001F600 e\u0301  ';
BEGIN
    EXECUTE format('COMMENT ON TABLE users IS %L', odd);
    EXECUTE format('COMMENT ON COLUMN users.name IS %L', odd);
    EXECUTE format('COMMENT ON TABLE no_key IS %L', odd);
    EXECUTE format('COMMENT ON COLUMN no_key.id IS %L', odd);
    EXECUTE format('COMMENT ON VIEW of_users IS %L', odd);
    EXECUTE format('COMMENT ON COLUMN of_users.name IS %L', odd);
    EXECUTE format('COMMENT ON TYPE mood IS %L', odd);
    EXECUTE format('COMMENT ON TYPE pair IS %L', odd);
    EXECUTE format('COMMENT ON COLUMN pair.first IS %L', odd);
    EXECUTE format('COMMENT ON TABLE audit.users IS %L', odd);
    EXECUTE format('COMMENT ON MATERIALIZED VIEW counted IS %L', odd);
    EXECUTE format('COMMENT ON DOMAIN more_positive IS %L', odd);
    COMMENT ON TABLE egg IS '';
    COMMENT ON TABLE hen IS ' ';
    COMMENT ON COLUMN egg.id IS E'\n\n';
    COMMENT ON TABLE ring_a IS '# Heading

1. one
   two
* `unclosed
';
END
$$;
COMMENT ON TABLE "quo""te" IS 'ends with a backslash \';

-- Defaults and expressions whose text is odd.
CREATE TABLE odd_defaults (
    id int PRIMARY KEY DEFAULT ((1 + 1)),
    a text NOT NULL DEFAULT E'*/ ` " \\ \n {} \u202e #"',
    b text CHECK (b <> E'*/ ` " \\ \n {} \u202e #"' AND b !~ '^"#`$'),
    c text[] DEFAULT '{"*/","`"}',
    d jsonb DEFAULT '{"a": "\"*/"}',
    e text GENERATED ALWAYS AS ('*/ ` " ' || 'x') STORED
);
CREATE UNIQUE INDEX "odd `index`" ON odd_defaults ((a || '*/`"')) WHERE a <> '`';

-- More columns than Diesel holds. Those of 33 to 128 columns are left to the test of random schemas: Diesel takes minutes to
-- be built for them.
DO $$
DECLARE
    width int;
BEGIN
    FOREACH width IN ARRAY ARRAY[17, 32, 129, 1600] LOOP
        EXECUTE format('CREATE TABLE wide_%s (%s, PRIMARY KEY (c1))', width,
            (SELECT string_agg(format('c%s int', number), ', ') FROM generate_series(1, width) AS number));
    END LOOP;
END
$$;
CREATE VIEW wide_view AS SELECT * FROM wide_1600;
CREATE VIEW part_of_wide AS SELECT c1, c1600 FROM wide_1600;

-- Foreign keys between two types: PostgreSQL compares them, Diesel does not.
CREATE TABLE unlike_parent (id int PRIMARY KEY);
CREATE TABLE unlike_text (id text PRIMARY KEY);
CREATE TABLE unlike_child (id int PRIMARY KEY, short smallint REFERENCES unlike_parent, name varchar(3) REFERENCES unlike_text);
CREATE TABLE audit.unlike_child (id int PRIMARY KEY, long bigint REFERENCES unlike_parent);

-- What a compiler may find unused: a rule that reads no column, points alone, types that only views hold.
CREATE TABLE never (id int PRIMARY KEY, at point, CHECK (false));
CREATE TYPE seen_pair AS (a varchar(3), b name);
CREATE VIEW seen_alone AS SELECT relname, ROW('a', 'b')::seen_pair AS pair, '{}'::seen_pair[] AS pairs FROM pg_class;
