-- CHECKs that read members of composites, and columns that the database computes.

CREATE TYPE place AS (latitude numeric(9, 6), longitude numeric(9, 6), height double precision);
CREATE DOMAIN postcode AS text CHECK (VALUE ~ '^\d{5}$');
CREATE TYPE postal_address AS (
    street text, postcode postcode, country character(2), since date, number integer, mood mood, at timestamp(3),
    lines text[], notes jsonb, is_main boolean, code character varying(3), "Odd Name" smallint, type text, place place,
    fee numeric
);
CREATE DOMAIN home AS postal_address CHECK ((VALUE).postcode IS NOT NULL OR (VALUE).number > 3);
CREATE TABLE check_members (
    id integer PRIMARY KEY,
    by_pattern postal_address CHECK ((by_pattern).postcode ~ '^1'),
    by_list postal_address CHECK ((by_list).country IN ('US', 'DE')),
    by_number postal_address CHECK ((by_number).number BETWEEN 1 AND 5 AND (by_number).mood <> 'sad'),
    by_time postal_address CHECK ((by_time).since >= '2020-01-01' AND (by_time).at::time < '23:00'),
    by_lines postal_address CHECK (cardinality((by_lines).lines) < 3),
    by_notes postal_address CHECK ((by_notes).notes ? 'k'),
    by_truth postal_address CHECK ((by_truth).is_main),
    by_code postal_address CHECK ((by_code).code = 'x' OR (by_code).code IS NULL),
    by_name postal_address CHECK ((by_name)."Odd Name" > 1 AND (by_name).type <> 'x'),
    by_place postal_address CHECK (((by_place).place).latitude BETWEEN -90 AND 90),
    by_fee postal_address CHECK ((by_fee).fee < 10.5),
    by_null postal_address CHECK (by_null IS NULL OR (by_null).postcode IS NOT NULL),
    by_whole place CHECK (by_whole IS NOT NULL),
    by_both place CHECK (((by_both).latitude IS NULL) = ((by_both).longitude IS NULL)),
    by_sum place CHECK ((by_sum).latitude + (by_sum).longitude < 100),
    by_home home,
    needed place NOT NULL CHECK ((needed).height > 0 AND (needed).height <= 8848),
    CHECK ((by_sum).latitude <> (needed).latitude)
);

CREATE TABLE check_computed (
    id integer PRIMARY KEY,
    first text,
    last text NOT NULL,
    full_name text GENERATED ALWAYS AS (coalesce(first, '') || ' ' || last) STORED CHECK (length(full_name) <= 10),
    day date NOT NULL,
    weekday integer GENERATED ALWAYS AS (extract(isodow FROM day)::integer) STORED CHECK (weekday < 6),
    starts time NOT NULL,
    ends time NOT NULL,
    worked interval GENERATED ALWAYS AS (ends - starts) STORED,
    rest interval NOT NULL,
    doc jsonb NOT NULL,
    name text GENERATED ALWAYS AS (doc ->> 'name') STORED CHECK (name <> ''),
    amount integer NOT NULL,
    twice integer GENERATED ALWAYS AS (amount * 2) STORED CHECK (twice < 100),
    CHECK (worked > rest)
);
