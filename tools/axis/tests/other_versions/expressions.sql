-- Every form of an expression that a rule of a table may have, in PostgreSQL 15 and later alike; that of XMLSERIALIZE is
-- not among them: PostgreSQL 16 prints more of it.
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE place AS (street text, zip int);
CREATE DOMAIN short AS text DEFAULT lower('NONE') CHECK (VALUE <> '') CHECK (length(VALUE) < 9 OR VALUE ~ '^a');
CREATE TABLE members (id int PRIMARY KEY, name text NOT NULL, team int, since date);
CREATE TABLE teams (id int PRIMARY KEY, label text, lead int REFERENCES members (id));
CREATE FUNCTION plain(value int) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT count(*) > 0 FROM members WHERE id = value $$;
-- Bodies that are kept as trees.
CREATE FUNCTION counted(value int) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT count(*) FROM members AS m JOIN teams AS t ON t.id = m.team WHERE t.id = value;
END;
CREATE FUNCTION grouped(value int) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT max(n) FROM (SELECT count(*) AS n FROM members GROUP BY team HAVING count(*) > value) AS g;
END;
CREATE FUNCTION rolled(value int) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT max(n) FROM (SELECT count(*) AS n, team, name, grouping(team) FROM members GROUP BY ROLLUP (team, name)) AS g WHERE team = value;
END;
CREATE FUNCTION windowed(value int) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT sum(r) FROM (SELECT row_number() OVER (PARTITION BY team ORDER BY since ROWS 2 PRECEDING) AS r FROM members) AS w WHERE r < value;
END;
CREATE FUNCTION outer_joined(value int) RETURNS text LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT coalesce(m.name, t.label) FROM members AS m FULL JOIN teams AS t USING (id) LEFT JOIN LATERAL (SELECT 1 AS one WHERE m.id > 2) AS l ON true WHERE id = value;
END;
CREATE FUNCTION with_queries(value int) RETURNS int LANGUAGE sql STABLE BEGIN ATOMIC
    WITH RECURSIVE up AS (SELECT value AS n UNION ALL SELECT n + 1 FROM up WHERE n < 5), other AS MATERIALIZED (SELECT 1 AS one)
    SELECT max(n) FROM up, other WHERE EXISTS (SELECT FROM members WHERE id = n) AND n NOT IN (SELECT id FROM teams) AND n > ALL (SELECT id FROM teams WHERE lead = n);
END;
CREATE FUNCTION set_operation(value int) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT count(*) FROM (SELECT id FROM members UNION SELECT id FROM teams EXCEPT VALUES (1), (2) ORDER BY 1 LIMIT 3 OFFSET 1) AS s WHERE id = value;
END;
CREATE FUNCTION functions_read(value int) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT sum(a) FILTER (WHERE a > 1) FROM ROWS FROM (generate_series(1, value), unnest(ARRAY[1, 2])) WITH ORDINALITY AS f (a, b, c);
END;
CREATE FUNCTION sampled(value int) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT count(DISTINCT name ORDER BY name) FROM (SELECT DISTINCT ON (team) name FROM members TABLESAMPLE system (10) WHERE id = value ORDER BY team, id DESC NULLS LAST) AS d;
END;
CREATE FUNCTION ordered(value int) RETURNS float8 LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY id) FROM members WHERE id > value;
END;
CREATE FUNCTION xml_table(value xml) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT count(*) FROM xmltable('/a' PASSING value COLUMNS b int PATH '@b' DEFAULT 3, o FOR ORDINALITY) AS x;
END;
CREATE FUNCTION writes(value int) RETURNS int LANGUAGE sql VOLATILE BEGIN ATOMIC
    INSERT INTO teams (id, label) VALUES (value, 'a') ON CONFLICT (id) DO UPDATE SET label = excluded.label WHERE teams.id > 2;
    UPDATE teams SET label = upper(label), lead = (SELECT max(id) FROM members) FROM members AS m WHERE m.id = teams.id;
    DELETE FROM teams USING members AS m WHERE m.id = teams.lead AND teams.id = value;
    INSERT INTO teams DEFAULT VALUES;
    UPDATE teams SET label = 'x' WHERE id = value RETURNING id;
END;
CREATE FUNCTION locks(value int) RETURNS int LANGUAGE sql VOLATILE BEGIN ATOMIC
    SELECT id FROM members WHERE id = value FOR UPDATE SKIP LOCKED;
END;
CREATE FUNCTION returned(value int) RETURNS int LANGUAGE sql IMMUTABLE RETURN value * 2;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE SEQUENCE numbers;
CREATE TABLE rules (
    id int PRIMARY KEY DEFAULT nextval('numbers'),
    a int DEFAULT returned(4),
    b int,
    c bigint,
    t text COLLATE "C" DEFAULT CURRENT_USER,
    u text,
    v varchar(9) DEFAULT 'x'::varchar,
    s short,
    d date DEFAULT CURRENT_DATE,
    ts timestamptz DEFAULT CURRENT_TIMESTAMP(3),
    lt time DEFAULT LOCALTIME,
    n numeric(6, 2),
    f float8,
    m mood,
    ms mood[],
    xs int[],
    ys text[],
    p place,
    ps place[],
    j jsonb,
    x xml,
    r int4range,
    up text GENERATED ALWAYS AS (upper(u) COLLATE "POSIX") STORED,
    nx numeric GENERATED ALWAYS AS (n * 1.5 + a % 3) STORED,
    CONSTRAINT subscript CHECK (xs[1] > 2 AND xs[2:3] <> '{1}' AND ys[array_length(ys, 1)] = 'a' AND (j['a'])['b'] <> '1'),
    CONSTRAINT rows_compared CHECK ((a, b) <= (b, 7) AND (a, b) <> (1, 2) AND (a, t) = (b, u) AND (a, b) IS DISTINCT FROM (1, 2)),
    CONSTRAINT row_nulls CHECK (ROW(a, b) IS NULL OR ROW(a, b) IS NOT NULL OR p IS NULL),
    CONSTRAINT lists CHECK (a IN (1, 2, 3) OR t IN ('a', 'b') OR v IN ('a', 'b') OR c NOT IN (1, 2) OR m IN ('sad', 'ok') OR a = ANY (xs) OR a <> ALL (xs)),
    CONSTRAINT members_of CHECK ((p).zip > 0 AND (ps[1]).street <> ''),
    CONSTRAINT cases CHECK (CASE a WHEN 1 THEN b > 0 WHEN 2 THEN b > 1 ELSE true END AND CASE WHEN a > 1 THEN t ELSE u END <> 'x'),
    CONSTRAINT nulls CHECK (nullif(a, 1) > 0 AND coalesce(a, b, 3) > 0 AND GREATEST(a, b) > LEAST(1, a) AND a IS NOT DISTINCT FROM b AND num_nonnulls(a, b) = 1 AND num_nulls(VARIADIC xs) = 0),
    CONSTRAINT truths CHECK ((a > 1) IS TRUE AND (a > 1) IS NOT UNKNOWN AND NOT (b > 1) IS NOT FALSE),
    CONSTRAINT casts CHECK (a::text::int > 0 AND a::numeric(4, 1) > 2 AND v::text <> '' AND t::varchar(4) <> 'a' AND xs::text[] <> '{a}' AND ys::varchar(3)[] <> '{a}' AND c::int::smallint > 1 AND t::short <> 'a' AND m::text = 'ok' AND f::int > 1),
    CONSTRAINT times CHECK (d > CURRENT_DATE AND ts > now() AND ts < LOCALTIMESTAMP AND d > '2020-01-01' AND ts AT TIME ZONE 'UTC' > '2020-01-01' AND d + interval '1 day' > d AND extract(year FROM d) > 2000 AND date_trunc('day', ts, 'UTC') = ts AND (d, d) OVERLAPS (d, d)),
    CONSTRAINT users CHECK (t = CURRENT_USER AND t <> SESSION_USER AND t <> CURRENT_CATALOG AND t <> CURRENT_SCHEMA AND t <> CURRENT_ROLE),
    CONSTRAINT xmls CHECK (x IS DOCUMENT AND xmlelement(NAME a, xmlattributes(a AS b), t) IS NOT NULL AND xmlconcat(x, x) IS NOT NULL AND xmlforest(a, b AS c) IS NOT NULL AND xmlparse(CONTENT t) IS NOT NULL AND xmlpi(NAME a, t) IS NOT NULL AND xmlroot(x, VERSION NO VALUE) IS NOT NULL AND xmlexists('/a' PASSING x)),
    CONSTRAINT texts CHECK (t LIKE 'a%' AND t NOT ILIKE 'b_' AND t SIMILAR TO 'a+' AND t ~* 'x' AND substring(t FROM 2 FOR 3) <> 'a' AND position('a' IN t) > 1 AND trim(BOTH FROM t) <> '' AND overlay(t PLACING 'a' FROM 2) <> '' AND t IS NORMALIZED AND normalize(t) = t AND t COLLATE "C" < u COLLATE "C"),
    CONSTRAINT symmetry CHECK (a BETWEEN SYMMETRIC 5 AND 1 AND a NOT BETWEEN 7 AND 8),
    CONSTRAINT arrays CHECK (ARRAY[a, b] <> '{1,2}' AND ARRAY[[a], [b]] <> xs AND ARRAY[]::int[] <> xs AND ARRAY[m, 'ok'] <> ms AND ms <> '{sad}' AND xs || 1 <> xs),
    CONSTRAINT ranges CHECK (r <> '[1,2)' AND a <@ r AND NOT isempty(r) AND lower(r) > 1),
    CONSTRAINT constants CHECK (t <> 'a' AND t <> U&'\00e9' AND f <> 'NaN' AND f < 1e300 AND n <> 1.50 AND c < 9223372036854775807 AND c > -5 AND d <> 'infinity' AND j <> '{"a": [1, null]}' AND t <> NULL AND a <> -1),
    CONSTRAINT regs CHECK (t::regclass <> 'members'::regclass AND t::regtype <> 'mood'::regtype AND to_tsvector('english', t) <> ''::tsvector AND a <> 'returned(int)'::regprocedure::oid::int),
    CONSTRAINT row_of CHECK (rules IS NOT NULL AND rules.* IS NOT NULL AND to_jsonb(rules) <> '1' AND ROW(a, b)::text <> '' AND ROW('a', 1)::place <> p),
    CONSTRAINT systems CHECK (tableoid <> 0),
    CONSTRAINT several_ands CHECK (a > 1 AND (b > 1 AND c > 1) AND (a > 2 OR (b > 2 OR c > 2))),
    CONSTRAINT calls CHECK (plain(a) AND counted(a) > 0 AND grouped(a) > 0 AND rolled(a) > 0 AND windowed(a) > 0 AND outer_joined(a) <> '' AND with_queries(a) > 0 AND set_operation(a) > 0 AND functions_read(a) > 0 AND sampled(a) > 0 AND ordered(a) > 0 AND xml_table(x) > 0 AND writes(a) > 0 AND locks(a) > 0 AND returned(value => a) > 0),
    CONSTRAINT excluded EXCLUDE USING gist (r WITH &&) WHERE (a > 3)
);
CREATE UNIQUE INDEX rules_expressions ON rules ((a + 1), lower(u), (j ->> 'a')) INCLUDE (b) WHERE a > 1 AND m = 'ok' AND t IN ('a', 'b');
CREATE TRIGGER rules_when AFTER UPDATE OF a, b ON rules FOR EACH ROW WHEN (OLD.a IS DISTINCT FROM NEW.a AND OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch('a');
CREATE POLICY rules_read ON rules FOR SELECT USING (EXISTS (SELECT FROM members AS m JOIN teams AS t ON t.lead = m.id WHERE m.id = rules.a AND m.name = CURRENT_USER));
CREATE POLICY rules_join ON rules FOR UPDATE USING (a IN (SELECT id FROM members LEFT JOIN teams USING (id) WHERE rules.b > 1)) WITH CHECK (a = (SELECT max(id) FROM members GROUP BY team ORDER BY team LIMIT 1));
CREATE POLICY rules_group ON rules FOR INSERT WITH CHECK (EXISTS (SELECT team + 1, count(*) FROM members WHERE id = rules.a GROUP BY team + 1 HAVING team + 1 > 3 ORDER BY team + 1));
CREATE POLICY rules_distinct ON rules FOR DELETE USING (a = ALL (SELECT DISTINCT team FROM members UNION ALL SELECT 1) AND (a, b) IN (SELECT id, lead FROM teams) AND ARRAY(SELECT id FROM teams) <> xs);
CREATE VIEW joined AS SELECT m.id, t.label, count(*) AS n FROM members AS m LEFT JOIN teams AS t ON t.lead = m.id GROUP BY m.id, t.label;
