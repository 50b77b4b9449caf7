-- Every type that the contracts bring a Rust type for: as NOT NULL and not, as an array, within a domain, and within a row.

CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE EXTENSION ltree;

CREATE TYPE feeling AS ENUM ('glad', 'sorry');
CREATE DOMAIN title AS varchar(5);
CREATE DOMAIN list AS text[];
CREATE DOMAIN short_bits AS varbit(3);
CREATE DOMAIN spans AS interval(0)[];
CREATE DOMAIN must AS int NOT NULL;
CREATE DOMAIN must_too AS must;
CREATE DOMAIN price AS numeric(5, 2);
CREATE DOMAIN price_of_something AS price;
CREATE DOMAIN price_of_anything AS price_of_something;
COMMENT ON DOMAIN price IS 'In euros.';
CREATE TYPE uuidrange AS RANGE (subtype = uuid);
CREATE TYPE floatrange AS RANGE (subtype = float8);
CREATE TYPE timerange AS RANGE (subtype = time);
-- Its order depends on the collation.
CREATE TYPE textrange AS RANGE (subtype = text);
CREATE TYPE inetrange AS RANGE (subtype = inet);
CREATE DOMAIN flags AS bit(4);

CREATE TYPE address AS (street varchar(5), "Zip code" char(2), "self" text, since date, price price, feelings feeling[]);
COMMENT ON TYPE address IS 'Where one lives.';
COMMENT ON COLUMN address.street IS 'Without the number.';
CREATE TYPE person AS (
    name name,
    address address,
    addresses address[],
    span int4range,
    titles title[],
    must must,
    took interval,
    bits varbit(2),
    keys hstore,
    path ltree,
    mail citext
);

CREATE TABLE every_own (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    an_interval interval NOT NULL,
    an_interval_2 interval(2),
    an_interval_of_months interval year to month,
    a_timetz timetz NOT NULL,
    a_timetz_0 timetz(0),
    a_varbit varbit NOT NULL,
    a_varbit_5 varbit(5),
    a_money money NOT NULL,
    a_macaddr macaddr NOT NULL,
    a_macaddr8 macaddr8 NOT NULL,
    a_pg_lsn pg_lsn NOT NULL,
    a_name name NOT NULL,
    a_byte "char" NOT NULL,
    a_tsvector tsvector NOT NULL,
    an_hstore hstore NOT NULL,
    an_ltree ltree NOT NULL,
    a_citext citext NOT NULL,
    a_tid tid NOT NULL
);

CREATE TABLE every_number (
    id int PRIMARY KEY,
    an_xid xid,
    a_cid cid,
    an_xid8 xid8,
    a_regclass regclass,
    a_regcollation regcollation,
    a_regconfig regconfig,
    a_regdictionary regdictionary,
    a_regnamespace regnamespace,
    a_regoper regoper,
    a_regoperator regoperator,
    a_regproc regproc,
    a_regprocedure regprocedure,
    a_regrole regrole,
    a_regtype regtype
);

CREATE TABLE every_shape (
    id int PRIMARY KEY,
    a_point point NOT NULL,
    a_line line NOT NULL,
    an_lseg lseg,
    a_box box NOT NULL,
    a_path path NOT NULL,
    a_polygon polygon,
    a_circle circle DEFAULT '<(0,0),1>',
    some_points point[],
    some_circles circle[] NOT NULL
);

CREATE TABLE every_range (
    id int PRIMARY KEY,
    an_int4range int4range NOT NULL,
    an_int8range int8range DEFAULT 'empty',
    a_numrange numrange,
    a_daterange daterange NOT NULL,
    a_tsrange tsrange,
    a_tstzrange tstzrange,
    a_uuidrange uuidrange,
    a_floatrange floatrange NOT NULL,
    a_timerange timerange,
    an_int4multirange int4multirange NOT NULL,
    a_nummultirange nummultirange,
    a_datemultirange datemultirange,
    a_tstzmultirange tstzmultirange,
    a_uuidmultirange uuidmultirange,
    some_int4ranges int4range[],
    some_uuidranges uuidrange[] NOT NULL,
    a_textrange textrange,
    a_textmultirange textmultirange NOT NULL,
    some_textranges textrange[]
);

CREATE TABLE every_row (
    id int PRIMARY KEY,
    an_address address NOT NULL,
    an_address_or_none address,
    some_addresses address[] NOT NULL,
    a_person person
);

CREATE TABLE every_domain (
    id int PRIMARY KEY,
    a_price price NOT NULL,
    a_price_of_something price_of_something NOT NULL,
    a_price_of_anything price_of_anything,
    some_prices price[] NOT NULL,
    some_prices_of_anything price_of_anything[],
    must_be must,
    must_be_too must_too,
    must_all_be must[] NOT NULL,
    must_all_be_too must_too[],
    some_lists list[],
    some_spans spans,
    some_bits short_bits DEFAULT '101'
);

CREATE TABLE every_own_array (
    id int PRIMARY KEY,
    some_intervals interval[] NOT NULL,
    some_timetzs timetz(2)[],
    some_varbits varbit(3)[] NOT NULL,
    some_money money[],
    some_macaddrs macaddr[],
    some_names name[],
    some_tsvectors tsvector[],
    some_hstores hstore[],
    some_ltrees ltree[] NOT NULL,
    some_citexts citext[],
    some_tids tid[],
    some_regclasses regclass[]
);

-- Precision: rounded before anything is judged.
CREATE TABLE every_precision (
    id int PRIMARY KEY,
    a_timestamp_0 timestamp(0) NOT NULL,
    a_timestamp_3 timestamp(3),
    a_timestamptz_0 timestamptz(0),
    a_timestamptz_6 timestamptz(6),
    a_time_0 time(0) NOT NULL,
    a_time_3 time(3),
    some_times time(1)[],
    a_numeric_3_5 numeric(3, 5),
    a_numeric_1000_1000 numeric(1000, 1000)
);

-- Diesel takes `bit` for `bytea`: these tables are beside schema.rs.
CREATE TABLE every_bit (
    id int PRIMARY KEY,
    a_bit bit NOT NULL,
    a_bit_3 bit(3) DEFAULT '101',
    a_bit_9 bit(9) NOT NULL,
    a_varbit varbit(9),
    some_bits bit(3)[],
    some_flags flags NOT NULL,
    more_flags flags[]
);

CREATE TABLE every_search (
    id int PRIMARY KEY,
    a_tsquery tsquery NOT NULL,
    some_tsqueries tsquery[],
    a_snapshot pg_snapshot NOT NULL,
    an_old_snapshot txid_snapshot
);

-- What the database alone knows of these is left to it; no Rust type stands for the last two.
CREATE TABLE left_out (
    id int PRIMARY KEY,
    an_xml xml,
    a_jsonpath jsonpath,
    an_acl aclitem,
    some_addresses inetrange
);

-- axis.toml names a Rust type for it.
CREATE TABLE given (
    id int PRIMARY KEY,
    an_lquery lquery NOT NULL,
    some_lqueries lquery[]
);
