-- Every shape of a CHECK that the generator translates, the traps of each, and what it must leave to the database.

CREATE TYPE phase AS ENUM ('draft', 'review', 'done');
CREATE DOMAIN handle AS varchar(8) CHECK (VALUE ~ '^[a-z]+$');
CREATE DOMAIN percent AS numeric(5, 2) CHECK (VALUE >= 0 AND VALUE <= 100);
CREATE DOMAIN short_handle AS handle CONSTRAINT short_handle_length CHECK (length(VALUE) < 5);

CREATE FUNCTION is_trimmed(value text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT btrim(value) = value $$;
CREATE FUNCTION both_or_none(a int, b int) RETURNS boolean LANGUAGE sql IMMUTABLE
    RETURN (a IS NULL) = (b IS NULL);
CREATE FUNCTION is_positive(value int) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 > 0 OR $1 = -7';
CREATE FUNCTION is_fine(value int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF value = 13 THEN RETURN false; END IF; RETURN true; END $$;

CREATE TABLE check_numbers (
    id int PRIMARY KEY,
    small smallint CHECK (small BETWEEN -5 AND 5),
    plain int NOT NULL DEFAULT 1 CHECK (plain > 0),
    large bigint CHECK (large < 10000000000 AND large <> 0),
    single real CHECK (single <= 0.1),
    double double precision CHECK (double >= 0),
    money numeric(4, 2) CHECK (money < 10),
    exact numeric CHECK (exact >= 0.005),
    thousands numeric(3, -2) CHECK (thousands <= 500),
    share percent,
    listed int CHECK (listed IN (1, 2, 3)),
    refused int CHECK (refused NOT IN (1, 2)),
    mixed int CHECK (mixed < large),
    CONSTRAINT sum CHECK (plain + listed <> 3),
    CONSTRAINT ratio CHECK (refused IS NULL OR 10 / refused > 1),
    CONSTRAINT product CHECK (small * 2 <= 8),
    CONSTRAINT remainder CHECK (plain % 2 = 1 OR plain < 10),
    CONSTRAINT opposite CHECK (-plain < 0),
    CONSTRAINT magnitude CHECK (abs(mixed) < 100000)
);

CREATE TABLE check_texts (
    id int PRIMARY KEY,
    code varchar(3) NOT NULL CHECK (code <> '' AND length(code) >= 2),
    padded char(5) CHECK (padded = 'abc' OR length(padded) = 2),
    name text CHECK (char_length(name) BETWEEN 1 AND 4),
    bytes text CHECK (octet_length(name) <= 8),
    trimmed text CHECK (is_trimmed(trimmed)),
    edges text CHECK (rtrim(edges, '/.') = edges AND ltrim(edges) = edges),
    lowered text CHECK (lowered = lower(lowered)),
    uppered text CHECK (upper(uppered) = uppered),
    plain text COLLATE "C" CHECK (plain >= 'b' AND lower(plain) <> 'bad'),
    kind text NOT NULL DEFAULT 'one' CHECK (kind = ANY (ARRAY['one'::varchar, 'two'::varchar]::text[])),
    other varchar(10) CHECK (other NOT IN ('x', 'y')),
    phase phase NOT NULL DEFAULT 'draft' CHECK (phase <> 'done'),
    late phase CHECK (late >= 'review'),
    label phase CHECK (label::text LIKE 'd%'),
    starts text CHECK (starts_with(starts, 'ab') AND strpos(starts, 'z') = 0),
    swapped text CHECK (replace(swapped, 'a', 'b') <> 'bb'),
    joined text CHECK (joined || kind <> 'xone'),
    cut text CHECK (left(cut, 2) <> 'no'),
    handle handle,
    short short_handle,
    raw bytea CHECK (length(raw) = 4 AND raw <> '\x00000000'),
    key uuid CHECK (key <> '00000000-0000-0000-0000-000000000000')
);

CREATE TABLE check_patterns (
    id int PRIMARY KEY,
    slug text CHECK (slug ~ '^[a-z0-9-]+$'),
    host varchar(12) CHECK (host ~ '^(?:[a-z]{2,3}\.)+x$'),
    hex text CHECK (hex ~ '^[0-9a-fA-F]{4}$'),
    inner_dot text CHECK (inner_dot ~ 'a.c'),
    word text CHECK (word ~ '^\w+$'),
    digits text CHECK (digits ~ '^\d{2,}$'),
    blank text CHECK (blank !~ '\s'),
    alpha text CHECK (alpha ~ '^[[:alpha:]]+$'),
    folded text CHECK (folded ~* '^[s-u]k+$'),
    never text CHECK (never !~* 'bad'),
    likes text CHECK (likes LIKE '_%@_%'),
    prefixed text CHECK (prefixed LIKE 'https://%'),
    escaped text CHECK (escaped LIKE '%\_%'),
    unlike text CHECK (unlike NOT LIKE '%x%'),
    alike text CHECK (alike ILIKE '%Ab%'),
    alternatives text CHECK (alternatives ~ '^(a|bc)*$' AND alternatives ~ '^\S*$'),
    ahead text CHECK (ahead ~ '^(?=.*\d)(?!x)[a-z0-9]{3,}$'),
    newline text CHECK (newline ~ '^a$')
);

CREATE TABLE check_logic (
    id int PRIMARY KEY,
    flag boolean CHECK (flag),
    sure boolean NOT NULL DEFAULT true,
    open boolean CHECK (open IS NOT FALSE),
    shut boolean,
    kind text CHECK (kind IN ('a', 'b')),
    a int,
    b int,
    c int,
    d text,
    CONSTRAINT together CHECK ((a IS NULL) = (b IS NULL)),
    CONSTRAINT one_of CHECK (num_nonnulls(b, c) <= 1),
    CONSTRAINT at_least_one CHECK (num_nulls(a, b, c, d) < 4),
    CONSTRAINT by_kind CHECK (kind <> 'a' OR a IS NOT NULL),
    CONSTRAINT cases CHECK (CASE kind WHEN 'a' THEN a > 0 WHEN 'b' THEN d IS NOT NULL ELSE c IS NULL END),
    CONSTRAINT distinct_sides CHECK (a IS DISTINCT FROM c),
    CONSTRAINT not_distinct CHECK (NOT (shut IS DISTINCT FROM open AND a = 4)),
    CONSTRAINT denied CHECK (NOT (a > 5 AND c < 5)),
    CONSTRAINT same CHECK ((a > 1) = (c > 1)),
    CONSTRAINT fallback CHECK (coalesce(a, c, 0) < 9),
    CONSTRAINT text_fallback CHECK (coalesce(d, 'none') <> ''),
    CONSTRAINT nothing CHECK (nullif(c, 3) <> 4),
    CONSTRAINT unknown CHECK ((a > 7) IS NOT UNKNOWN OR sure),
    CONSTRAINT truths CHECK ((shut IS TRUE) <> (a IS NULL) OR NOT sure),
    CONSTRAINT inlined CHECK (both_or_none(b, a)),
    CONSTRAINT strict_inlined CHECK (is_positive(c) IS NOT FALSE),
    CONSTRAINT constant CHECK (1 = 1),
    CONSTRAINT always_null CHECK (a = NULL)
);

CREATE TABLE check_documents (
    id int PRIMARY KEY,
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    items jsonb CHECK (jsonb_typeof(items) = 'array' AND jsonb_array_length(items) <= 2),
    keyed jsonb CHECK (keyed ? 'a' AND NOT keyed ?| ARRAY['x', 'y']),
    required jsonb CHECK (required ?& ARRAY['p', 'q']),
    member jsonb CHECK (member ->> 'kind' IN ('one', 'two')),
    nested jsonb CHECK (jsonb_typeof(nested -> 'a' -> 'b') = 'number'),
    element jsonb CHECK (element -> 0 ->> 'id' <> ''),
    not_empty jsonb CHECK (not_empty <> '{}' AND not_empty <> '[]'),
    old json CHECK (json_typeof(old) = 'object')
);

CREATE TABLE check_collections (
    id int PRIMARY KEY,
    tags text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 2),
    numbers int[] CHECK (array_length(numbers, 1) > 0),
    filled int[] CHECK (array_ndims(filled) = 1 AND array_length(filled, 1) IS NOT NULL),
    known text[] CHECK (known <@ ARRAY['a', 'b']::text[]),
    holds text[] CHECK (holds @> ARRAY['a']::text[]),
    touches int[] CHECK (touches && ARRAY[1, 2]),
    no_null text[] CHECK (array_position(no_null, NULL) IS NULL),
    no_zero int[] CHECK (0 < ALL (no_zero)),
    has_one int[] CHECK (1 = ANY (has_one)),
    without text[] CHECK ('x' <> ALL (without)),
    phases phase[] CHECK (phases <@ ARRAY['draft', 'review']::phase[])
);

CREATE TABLE check_times (
    id int PRIMARY KEY,
    begins timestamptz NOT NULL DEFAULT '2026-01-01 00:00:00+00',
    ends timestamptz,
    seconds timestamp(0) CHECK (seconds < '2030-06-01 12:30:00'),
    day date CHECK (day >= '2000-02-29'),
    at time(3) CHECK (at < '12:00'),
    forever date CHECK (forever < 'infinity'),
    CONSTRAINT ordered CHECK (ends > begins),
    CONSTRAINT same_day CHECK (day <= seconds)
);

CREATE TABLE check_addresses (
    id int PRIMARY KEY,
    network inet CHECK (family(network) = 4 AND masklen(network) >= 8)
);

-- Kinds of constraints.
CREATE TABLE check_parent (
    id int PRIMARY KEY,
    a int CONSTRAINT check_parent_inherited CHECK (a > 0),
    b int CONSTRAINT check_parent_only CHECK (b > 0) NO INHERIT
);
CREATE TABLE check_child (PRIMARY KEY (id), c int CHECK (c < 0)) INHERITS (check_parent);
ALTER TABLE check_child ADD CONSTRAINT check_child_late CHECK (a < 100) NOT VALID;

-- Shapes of other projects.
CREATE FUNCTION is_blank(value text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN value ~ '^[[:space:]]*$';
END;
$$;

CREATE TABLE check_calculations (
    id int PRIMARY KEY,
    price numeric(6, 2) NOT NULL DEFAULT 1,
    discount numeric(6, 2),
    loose numeric,
    looser numeric,
    a int,
    b int NOT NULL DEFAULT 1,
    c int,
    d bigint,
    CONSTRAINT net CHECK (price - discount >= 0),
    CONSTRAINT gross CHECK (price * 1.19 < 5000.5),
    CONSTRAINT loose_sum CHECK (loose + looser <> 7),
    CONSTRAINT loose_product CHECK (loose * looser < 1000000),
    CONSTRAINT cents CHECK (loose = round(loose, 2) OR loose > 100),
    CONSTRAINT whole CHECK (trunc(looser) = looser OR ceil(looser) > 5 OR floor(looser) < -5),
    CONSTRAINT steps CHECK (discount % 0.05 = 0),
    CONSTRAINT opposite_price CHECK (-discount < 100 AND abs(discount) < 900),
    CONSTRAINT not_nan CHECK (loose <> 'NaN'),
    CONSTRAINT largest CHECK (GREATEST(a, c) < 1000),
    CONSTRAINT least_of_three CHECK (LEAST(a, b, c) > -1000),
    CONSTRAINT least_price CHECK (LEAST(price, discount, 10) <> 3),
    CONSTRAINT raising_though_null CHECK (a > 10 / b),
    CONSTRAINT raising_in_or CHECK ((a + 1 > 5 AND a < 9) OR d IS NULL OR d > 0),
    CONSTRAINT quotient CHECK (c IS NULL OR d / c <> 4),
    CONSTRAINT remainder_of CHECK (mod(d, b) <> 3),
    CONSTRAINT rows_in_order CHECK ((a, c) <= (b, 7)),
    CONSTRAINT rows_beyond CHECK (NOT (b, d) > (500, 6)),
    CONSTRAINT whole_row CHECK (NOT ROW(a, c) IS NULL OR b > 0),
    CONSTRAINT full_row CHECK (ROW(a, c) IS NOT NULL OR b < 900),
    CONSTRAINT either_way CHECK (c BETWEEN SYMMETRIC 500 AND -500),
    CONSTRAINT mixed_fallback CHECK (coalesce(discount, price * 2) < 9000),
    CONSTRAINT whole_fallback CHECK (coalesce(discount, 5.5) <> 5)
);

CREATE TABLE check_more_texts (
    id int PRIMARY KEY,
    code char(4) CHECK (code ~ '^[A-Z]{2}[0-9 ]{2}$'),
    like_code char(3) CHECK (like_code NOT LIKE 'x%'),
    word text CHECK (word ~ '\mcat\M'),
    other_word text CHECK (other_word !~ '\ydog' AND other_word !~ 'a\Yb'),
    old_word text CHECK (old_word !~ '[[:<:]]cow[[:>:]]'),
    behind text CHECK (behind !~ '(?<=ab)c' AND behind !~ '(?<!x)y'),
    mirrored text CHECK (reverse(mirrored) <> 'cba'),
    ending text CHECK (right(ending, 2) <> 'é!'),
    middle text CHECK (substring(middle, 2, 3) <> 'bcd' AND substring(middle from 4) <> 'x'),
    early text CHECK (substring(early, -1, 3) <> 'a'),
    split text CHECK (split_part(split, '.', 2) <> 'b'),
    digits int CHECK (digits::text ~ '^-?[1-9]+$'),
    fallback text CHECK (coalesce(lower(fallback), code::text, 'x') <> 'no'),
    blank text CHECK (NOT is_blank(blank)),
    chosen text CHECK (CASE WHEN length(chosen) > 3 THEN left(chosen, 3) ELSE upper(chosen) END <> 'ABC'),
    either int CHECK (coalesce(either::text, blank) IS NOT NULL)
);

CREATE TABLE check_more_times (
    id int PRIMARY KEY,
    day date,
    other_day date,
    begins timestamptz,
    ends timestamptz,
    local timestamp,
    local_end timestamp,
    CONSTRAINT first_of_month CHECK (extract(day FROM day) = 1 OR extract(isodow FROM day) < 6),
    CONSTRAINT parts CHECK (extract(year FROM day) <> 2001 AND date_part('month', day) <= 11 AND extract(dow FROM day) <> 0),
    CONSTRAINT more_parts CHECK (extract(doy FROM day) <> 60 AND extract(quarter FROM day) < 4 AND extract(week FROM day) <> 53),
    CONSTRAINT local_parts CHECK (extract(hour FROM local) BETWEEN 0 AND 20 AND extract(minute FROM local) <> 30),
    CONSTRAINT days CHECK (other_day - day <= 30),
    CONSTRAINT later_day CHECK (other_day <= day + 365),
    CONSTRAINT elapsed CHECK (ends - begins <= interval '1 hour'),
    CONSTRAINT later CHECK (ends > begins + interval '5 minutes'),
    CONSTRAINT local_later CHECK (local_end < local + interval '2 days 1 second'),
    CONSTRAINT month_long CHECK (local_end - local < interval '1 mon'),
    CONSTRAINT same_local_day CHECK (local_end::date = local::date OR local IS NULL)
);

CREATE TABLE check_more_documents (
    id int PRIMARY KEY,
    path jsonb CHECK (path #>> '{a,b}' <> 'no' AND (path IS NULL OR path #> '{list,0}' IS NOT NULL)),
    holds jsonb CHECK (holds @> '{"a": {"b": ["c"]}}'),
    element jsonb CHECK (element @> '"x"' OR element @> '["y", ["z"]]'),
    written jsonb CHECK (length(written::text) > 3),
    firsts text[] CHECK (firsts[1] <> 'no'),
    seconds int[] CHECK (seconds[2] > 0 AND seconds[0] IS NULL),
    wanted int,
    listed int[] CHECK (wanted = ANY (listed)),
    CONSTRAINT none_listed CHECK (wanted <> ALL (listed) OR wanted < 5)
);

CREATE TABLE check_networks (
    id int PRIMARY KEY,
    lowest inet,
    highest inet,
    net cidr CHECK (masklen(net) <= 64),
    CONSTRAINT order_of CHECK (lowest <= highest),
    CONSTRAINT multicast CHECK (family(lowest) <> 4 OR lowest << '224.0.0.0/4'),
    CONSTRAINT reserved CHECK (NOT highest <<= 'ff00::/16'),
    CONSTRAINT within CHECK (net >>= lowest),
    CONSTRAINT specified CHECK (host(lowest) <> '0.0.0.0' AND host(highest) <> '::')
);

CREATE TABLE check_parted (
    id int NOT NULL,
    amount int CHECK (amount > 0)
) PARTITION BY LIST (id);
CREATE TABLE check_part PARTITION OF check_parted (CONSTRAINT check_part_only CHECK (amount < 1000)) FOR VALUES IN (1);

-- Left to the database, each with its reason.
CREATE TABLE check_left (
    id int PRIMARY KEY,
    a int CHECK (is_fine(a)),
    b timestamptz CHECK (b <= now()),
    c text CHECK (c ~ '(a)\1'),
    d text CHECK (d::int > 0),
    e text CHECK (e < 'm'),
    f timestamptz CHECK (extract(isodow FROM f) < 6),
    g numeric CHECK (g / 3 > 1),
    h text CHECK (h ~ '(?<=a+)b')
);

-- What a row holds is not always what was sent, and a rule does not always say what it seems to.
CREATE TABLE check_traps (
    id int PRIMARY KEY,
    -- An explicit cast cuts without an error, and one to an integer rounds: numeric away from zero, float to even.
    cut_by_cast text CHECK (cut_by_cast::varchar(3) <> 'abc'),
    exact numeric CHECK (exact::int <> 3),
    double double precision CHECK (double::int <> 2),
    padded char(4) CHECK (padded IN ('ab', 'x')) CHECK (octet_length(padded) = 4),
    positive numeric(3, 2) CHECK (positive > 0),
    tiny numeric(2, 4) CHECK (tiny <> 0.0012),
    -- NaN equals itself, and is more than any other.
    nan double precision CHECK (nan = 'NaN' OR nan < 5),
    -- A NULL in the list lets everything pass, or what it does not name.
    some_or_none int CHECK (some_or_none IN (1, NULL)),
    neither int CHECK (neither NOT IN (2, NULL)),
    refuses_its_default int DEFAULT -1 CHECK (refuses_its_default > 0),
    amount int,
    million int GENERATED ALWAYS AS (amount * 1000000) STORED,
    sized int[2],
    mail citext CHECK (mail ~ '^[a-z]+@x$' AND mail <> 'root@x'),
    normal text CHECK (normal IS NORMALIZED)
);
