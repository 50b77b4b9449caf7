-- Shapes of CHECKs that are rarer: bits, floats, spans of time, ranges, patterns that PostgreSQL rewrites.

CREATE TABLE check_bits (
    id int PRIMARY KEY,
    flags int CHECK (flags & 3 = 0 AND flags | 8 <> 24),
    mask smallint CHECK (mask & ~7::smallint = 0 OR mask # 1::smallint > 20),
    large bigint CHECK (large >> 2 < 10 AND large << 3 > -64),
    a int,
    b text,
    c boolean,
    d bigint,
    e numeric(6, 2),
    f numeric,
    CONSTRAINT one_of_three CHECK ((a IS NOT NULL)::int + (b IS NOT NULL)::int + (c IS NOT NULL)::int = 1 OR d = 7),
    CONSTRAINT counted CHECK (c::int + a < 5),
    CONSTRAINT by_case CHECK ((CASE WHEN a > 3 THEN 1 ELSE 0 END) + (CASE WHEN d > 3 THEN 1 ELSE 0 END) < 2),
    CONSTRAINT truth CHECK (a::boolean OR c),
    CONSTRAINT narrowed CHECK (d::int > -100000),
    CONSTRAINT narrower CHECK (a::smallint < 30000),
    CONSTRAINT whole CHECK (e::int = e OR e > 10),
    CONSTRAINT whole_loose CHECK (f::bigint <> 4),
    CONSTRAINT as_float CHECK (f::float8 < 1e300)
);

CREATE TABLE check_floats (
    id int PRIMARY KEY,
    a double precision,
    b double precision,
    c real,
    d bigint,
    CONSTRAINT sum CHECK (a + b < 100),
    CONSTRAINT difference CHECK (abs(a - c) >= 0.5),
    CONSTRAINT product CHECK (a * 2 <= 50),
    CONSTRAINT quotient CHECK (b / 3 < 7),
    CONSTRAINT inverse CHECK (1 / b <> 4),
    CONSTRAINT whole CHECK (floor(a) = a OR ceil(a) > 3 OR trunc(a) < -3),
    CONSTRAINT even CHECK (round(b) <> 2),
    CONSTRAINT opposite CHECK (-c < 100),
    CONSTRAINT of_large CHECK (d::float8 <= a OR a IS NULL OR d < 1000)
);

CREATE TABLE check_spans (
    id int PRIMARY KEY,
    span interval CHECK (span > '0' AND span <= '1 mon'),
    other interval,
    begins timestamp,
    ends timestamp,
    opened timestamptz,
    closed timestamptz,
    day date,
    due date,
    at time,
    until time,
    CONSTRAINT shorter CHECK (span < other),
    CONSTRAINT elapsed CHECK (ends - begins < other OR span IS NULL),
    CONSTRAINT seconds CHECK (extract(epoch FROM other) <> 3600.5 AND extract(epoch FROM ends - begins) >= 0.5),
    CONSTRAINT month CHECK (ends <= begins + interval '1 mon'),
    CONSTRAINT not_before CHECK (ends > begins - interval '1 mon 2 days 3 hours'),
    CONSTRAINT by_column CHECK (ends <> begins + span),
    CONSTRAINT since_epoch CHECK (extract(epoch FROM begins) <> 800000000 AND extract(epoch FROM opened) > -100000000000),
    CONSTRAINT hours CHECK (closed > opened - interval '2 hours' OR day > '2000-01-01'),
    CONSTRAINT in_utc CHECK ((opened AT TIME ZONE 'UTC')::date <= day),
    CONSTRAINT back_from_utc CHECK (begins AT TIME ZONE 'utc' <> opened),
    CONSTRAINT week CHECK (due - 7 < day AND due >= day + id),
    CONSTRAINT day_and_month CHECK (due < day + interval '1 mon'),
    CONSTRAINT finite CHECK (isfinite(day) AND isfinite(opened) AND isfinite(begins)),
    CONSTRAINT quarter_hours CHECK (until - at >= interval '15 minutes' OR extract(minute FROM at) <> 0),
    CONSTRAINT of_time CHECK (extract(hour FROM until) <> 24 AND extract(second FROM at) < 59.5)
);

CREATE TABLE check_steps (
    id int PRIMARY KEY,
    second timestamp CHECK (date_trunc('second', second) = second),
    hour timestamp CHECK (date_trunc('hour', hour) = hour OR date_trunc('minute', hour) <> hour),
    day timestamptz CHECK (date_trunc('day', day, 'UTC') = day),
    week timestamp CHECK (date_trunc('week', week) <> week),
    month timestamp CHECK (date_trunc('month', month) = month),
    quarter timestamp CHECK (date_trunc('quarter', quarter) = quarter),
    year timestamp CHECK (date_trunc('year', year) <> '2024-01-01'),
    noon timestamp CHECK (noon::time < '12:00' AND extract(second FROM noon) < 30)
);

CREATE TABLE check_ranges (
    id int PRIMARY KEY,
    numbers int4range CHECK (lower(numbers) >= 0 AND upper(numbers) <= 100),
    large int8range CHECK (NOT isempty(large) AND NOT upper_inf(large)),
    exact numrange CHECK (exact <@ '[0.5,10)' AND lower_inc(exact)),
    days daterange CHECK (upper(days) - lower(days) <= 30),
    local tsrange CHECK (lower_inc(local) AND NOT upper_inc(local) AND NOT lower_inf(local)),
    period tstzrange CHECK (NOT isempty(period)),
    within tstzrange,
    begins timestamptz,
    inner_number int,
    price numeric,
    CONSTRAINT starts CHECK (lower(period) = begins),
    CONSTRAINT holds CHECK (within @> begins AND numbers @> inner_number),
    CONSTRAINT contained CHECK (period <@ within),
    CONSTRAINT named CHECK (inner_number <@ '[1,10]'::int4range AND NOT price <@ '(5,7]'::numrange),
    CONSTRAINT apart CHECK (NOT large && '[5,8)'::int8range AND NOT period && within),
    CONSTRAINT other CHECK (numbers <> '[3,5)' AND numbers <> 'empty' AND days IS DISTINCT FROM '[2024-01-01,)')
);

CREATE TABLE check_rewritten (
    id int PRIMARY KEY,
    alike text CHECK (alike SIMILAR TO '[A-Z]{2}(a|b)_%'),
    unlike text CHECK (unlike NOT SIMILAR TO '%x.y%'),
    escaped text CHECK (escaped LIKE 'a!_%' ESCAPE '!' AND escaped SIMILAR TO 'a#__*' ESCAPE '#'),
    matched text CHECK (regexp_like(matched, '^[a-c]+$', 'i')),
    ordered text CHECK (ordered >= 'b' AND ordered < 'm'),
    plain text CHECK (plain COLLATE "C" < 'm' AND lower(plain COLLATE "C") = plain),
    start text CHECK (starts_with(ordered, start) OR ordered ^@ 'z'),
    part text CHECK (strpos(ordered, part) <> 2),
    lesser text CHECK (lesser < ordered),
    network inet CHECK (NOT network && '10.0.0.0/8')
);

CREATE TABLE check_json_texts (
    id int PRIMARY KEY,
    number jsonb CHECK (number @> '{"a": 1}' OR number = '{"b": [1.0, 2]}'),
    equal jsonb CHECK (equal <> number),
    rest jsonb CHECK (rest - 'a' - 'b' = '{}'),
    others jsonb CHECK (others - ARRAY['x', 'y'] <> '[]'),
    old json CHECK (old ->> 'a' <> 'no' AND json_array_length(old -> 'list') < 3)
);

-- Domains of elements and members: each part is asked, and the first that is refused decides.
CREATE DOMAIN check_word AS varchar(7) CONSTRAINT check_word_plain CHECK (VALUE ~ '^[a-z]*$') CONSTRAINT check_word_short CHECK (length(VALUE) < 6);
CREATE DOMAIN check_given AS int CONSTRAINT check_given_positive CHECK (VALUE IS NOT NULL AND VALUE > 0);
CREATE DOMAIN check_code AS char(3) CHECK (VALUE ~ '^[A-Z]+ *$');
CREATE DOMAIN check_price AS numeric(5, 2) CONSTRAINT check_price_high CHECK (VALUE < 100);
CREATE DOMAIN check_low_price AS check_price CONSTRAINT check_low_price_low CHECK (VALUE < 10);
CREATE TYPE check_pair AS (word check_word, plain text, price check_low_price, words check_word[]);

CREATE TABLE check_parts (
    id int PRIMARY KEY,
    words check_word[],
    given check_given[],
    codes check_code[] NOT NULL DEFAULT '{}',
    prices check_low_price[],
    pair check_pair,
    pairs check_pair[] NOT NULL DEFAULT '{}'
);

-- Left to the database, each with its reason.
CREATE TABLE check_further_left (
    id int PRIMARY KEY,
    a date CHECK (date_trunc('month', a) = a),
    b timestamptz,
    c interval CHECK (b + c > b),
    d interval(0) CHECK (d > '0'),
    e text CHECK (e::numeric > 0),
    f numeric CHECK (f / 3 > 1),
    g text CHECK (e SIMILAR TO '[[:alpha:]]'),
    h jsonb CHECK ((h -> 'n')::int > 0)
);
