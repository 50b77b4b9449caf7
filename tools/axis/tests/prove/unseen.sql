-- What the proofs of schemas that nobody here had seen showed to be wrong, in small.

CREATE SCHEMA apart;
CREATE EXTENSION IF NOT EXISTS citext;

-- One name in snake case.
CREATE TABLE same_names (
    id int PRIMARY KEY,
    "type" text,
    "Type" text,
    "TYPE" text,
    CONSTRAINT one_type CHECK (num_nonnulls("type", "Type", "TYPE") <= 1)
);

-- Defaults that are fitted to the length of their column, or are no constants of Rust.
CREATE TABLE defaults (
    id int PRIMARY KEY,
    city varchar(4) DEFAULT 'abc',
    country char(2) DEFAULT 'US',
    zip text,
    grace interval DEFAULT '1 mon 5 days',
    CONSTRAINT by_city CHECK (city <> 'abc' OR zip <> 'y'),
    CONSTRAINT by_country CHECK (zip <> 'x' OR country <> 'US'),
    CONSTRAINT grace_is_short CHECK (grace BETWEEN '0' AND '2 mons')
);

-- CHECKs of domains that are left to the database, of columns that are left out.
CREATE TYPE apart.size AS (width numeric(8, 2), height numeric(8, 2));
CREATE DOMAIN apart.real_size AS apart.size CHECK ((VALUE).width > 0 AND (VALUE).height IS NOT NULL);
CREATE DOMAIN apart.words AS tsvector CONSTRAINT words_are_there CHECK (VALUE IS NOT NULL);
CREATE DOMAIN apart.some_words AS apart.words CONSTRAINT "words, not none" CHECK (VALUE::tsvector <> ''::tsvector);
CREATE TABLE apart.boxes (
    id int PRIMARY KEY,
    size apart.real_size,
    -- What is calculated of a real is calculated as a double precision.
    rating real CHECK (rating IS NULL OR (rating BETWEEN 0 AND 5 AND rating * 2 = floor(rating * 2)))
);
CREATE TABLE apart.documents (
    id int PRIMARY KEY,
    plain apart.words DEFAULT ''::tsvector,
    words apart.some_words DEFAULT '''.'''::tsvector
);

-- A composite whose parts are asked one by one.
CREATE DOMAIN apart.price AS numeric(8, 2) CHECK (VALUE >= 0);
CREATE TYPE apart.leg AS (account bigint, price apart.price);
CREATE TABLE transfers (id int PRIMARY KEY, legs apart.leg[], limits numrange CHECK (limits @> 5.0 OR isempty(limits)));

-- Arguments that a call leaves out.
CREATE FUNCTION apart.between_or_null(v int, low int DEFAULT 0, high int DEFAULT 10) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(v BETWEEN low AND high, true) $$;
CREATE TABLE levels (
    id int PRIMARY KEY,
    none int CONSTRAINT no_argument CHECK (apart.between_or_null(none)),
    one int CONSTRAINT one_argument CHECK (apart.between_or_null(one, -5)),
    given int CONSTRAINT three_arguments CHECK (apart.between_or_null(given, 3, 4))
);

-- To jsonb, what is no array is an array of itself where an element is asked for.
CREATE TABLE elements (
    id int PRIMARY KEY,
    first jsonb CONSTRAINT first_of_itself CHECK (first ->> 0 = 'a'),
    last jsonb CONSTRAINT last_of_itself CHECK (last -> -1 <> '1'),
    second jsonb CONSTRAINT no_second CHECK (second -> 1 = '2' OR second -> -2 IS NULL),
    within jsonb CONSTRAINT of_member CHECK (within -> 'a' -> 0 = '1' OR within ->> 'a' <> '1'),
    written json CONSTRAINT not_of_json CHECK (written ->> 0 = 'a'),
    few jsonb CONSTRAINT few_of CHECK (jsonb_array_length(coalesce(few -> 'l', '[]')) < 3),
    word jsonb CONSTRAINT no_text CHECK (coalesce(word ->> 'k', '') <> 'x')
);

-- Patterns that are put together of constants.
CREATE TABLE joined_patterns (
    id int PRIMARY KEY,
    model varchar(9) CONSTRAINT upper_pattern CHECK (upper(model::text) LIKE upper('a%')),
    starts text CONSTRAINT joined_pattern CHECK (starts LIKE 'a' || 'b%')
);

-- Types that are tried at random, alone and as elements; texts that would not fit into memory many times.
CREATE TYPE apart.mood AS ENUM ('low', 'so so', '"');
CREATE TYPE apart.pair AS (mood apart.mood, ok boolean, place point, words tsvector, name name);
CREATE TABLE drawn (
    id int PRIMARY KEY,
    a point, b line, c lseg, d box, e path, f polygon, g circle,
    boxes box[], circles circle[], truths boolean[], moods apart.mood[], pairs apart.pair[],
    names name[], byte "char", bytes "char"[], vectors tsvector[], queries tsquery[], markup xml[], paths jsonpath[],
    long varchar(1000000)
);

-- A part of a type that is sent in another way than a column.
CREATE TYPE apart.flagged AS (flag "char", id int);
CREATE TABLE flags (id int PRIMARY KEY, flagged apart.flagged);

-- A column that diesel's `table!` has a type for; constants that need no parentheses.
CREATE TABLE names (id int PRIMARY KEY, usize varchar(1), opens time NOT NULL DEFAULT '09:00',
    closes timestamp NOT NULL DEFAULT '2020-01-01 17:00', CHECK (opens < closes::time));

-- A row that is changed computes its columns anew.
CREATE TABLE computed (id int PRIMARY KEY, starts time NOT NULL, ends time NOT NULL, rest interval NOT NULL,
    worked interval GENERATED ALWAYS AS (ends - starts) STORED, label text NOT NULL,
    lowered text GENERATED ALWAYS AS (lower(label)) STORED CHECK (lowered <> 'none'), CHECK (worked > rest));

-- What is rounded, or kept as `[lower, upper)`, beyond the last day of chrono.
CREATE TABLE rounded (id int PRIMARY KEY, time_of timestamp(3) CHECK (time_of::time < '23:00'),
    day_of timestamp(0) CHECK (day_of::date > '2020-01-01'), of_year timestamp(1) CHECK (extract(year FROM of_year) <> 262142),
    of_month timestamp(2) CHECK (extract(month FROM of_month) < 12), of_week timestamp(0) CHECK (date_trunc('week', of_week) > '2020-01-01'),
    of_hour timestamptz(4) CHECK (extract(hour FROM of_hour AT TIME ZONE 'UTC') < 23), days daterange CHECK (NOT isempty(days)),
    more daterange CHECK (lower_inc(more) AND NOT upper_inc(more) AND lower(more) < upper(more)));

-- A rule behind one that is left to the database, of a column that is computed.
CREATE TABLE stays (id int PRIMARY KEY, admitted timestamp NOT NULL, discharged timestamp,
    stay interval GENERATED ALWAYS AS (discharged - admitted) STORED CONSTRAINT short CHECK (stay < '1 year'),
    CONSTRAINT aged CHECK (age(discharged, admitted) < '1 year'));

-- Whole numbers of which other numbers are calculated.
CREATE TABLE lines (id int PRIMARY KEY, quantity integer NOT NULL, price numeric(10,2) NOT NULL, weight real,
    CONSTRAINT in_all CHECK (quantity::numeric * price < 50000.00), CONSTRAINT heavy CHECK (quantity::float8 * weight < 1e6));

-- Members of composites, some of domains that refuse most values.
CREATE DOMAIN apart.postcode AS text CHECK (VALUE ~ '^\d{5}$');
CREATE TYPE apart.address AS (street text, postcode apart.postcode, country char(2), fee numeric(6,2), at timestamp(3), notes jsonb,
    is_main boolean, number int);
CREATE TABLE addresses (id int PRIMARY KEY, a apart.address CHECK ((a).country IN ('US', 'DE')),
    b apart.address CHECK (b IS NULL OR (b).street IS NOT NULL), c apart.address CHECK ((c).fee < 10.5 AND (c).at::time < '23:00'),
    d apart.address CHECK ((d).is_main AND (d).notes ? 'k'), e apart.address NOT NULL CHECK ((e).number BETWEEN 1 AND 5),
    CHECK ((a).number <> (e).number));

-- Texts that a CHECK names, joined, are too long for their column.
CREATE TABLE scripts (id numeric NOT NULL, kind varchar(4) NOT NULL, chroot char(1) DEFAULT 'Y' NOT NULL,
    CONSTRAINT a_kind CHECK (kind IN ('pre', 'post')), CONSTRAINT chroot_known CHECK (chroot IN ('Y', 'N')));

-- What a NULL keeps from raising an error; an element that equals NULL, and a text that ends before a pattern that looks around.
CREATE TABLE guarded (id int PRIMARY KEY, a int, b int, c int, bounds int4range, numbers int[], slug text,
    CONSTRAINT share CHECK (b = 0 OR a / b < 50), CONSTRAINT rest CHECK (NOT (c > 0 AND b > 0 AND a % (b * c) = 3)),
    CONSTRAINT one CHECK (isempty(bounds) OR upper(bounds) - lower(bounds) = 1),
    CONSTRAINT no_null CHECK (NOT (NULL = ANY (numbers))), CONSTRAINT all_null CHECK (NULL < ALL (numbers)),
    CONSTRAINT no_double CHECK (slug ~ '^(?!.*--)[a-z-]+$' AND slug !~ '^-|(?=x)xy'));

-- A domain's default, and a column that takes it away.
CREATE DOMAIN apart.seven AS int NOT NULL DEFAULT 7;
CREATE TABLE of_seven (id int PRIMARY KEY, a apart.seven, b apart.seven DEFAULT NULL, c int DEFAULT NULL);
