// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "aclitem", schema = "pg_catalog"))]
    pub struct Aclitem;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "address"))]
    pub struct Address;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "box", schema = "pg_catalog"))]
    pub struct Box;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "Camel Kind"))]
    pub struct CamelKind;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "check_code"))]
    pub struct CheckCode;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "check_given"))]
    pub struct CheckGiven;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "check_low_price"))]
    pub struct CheckLowPrice;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "check_pair"))]
    pub struct CheckPair;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "check_word"))]
    pub struct CheckWord;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "cid", schema = "pg_catalog"))]
    pub struct Cid;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "circle", schema = "pg_catalog"))]
    pub struct Circle;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "empty"))]
    pub struct Empty;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "flags"))]
    pub struct Flags;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "floatrange"))]
    pub struct Floatrange;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "handle"))]
    pub struct Handle;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "hidden"))]
    pub struct Hidden;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "hstore"))]
    pub struct Hstore;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "inetrange"))]
    pub struct Inetrange;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "jsonpath", schema = "pg_catalog"))]
    pub struct Jsonpath;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "level", schema = "elsewhere"))]
    pub struct Level;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "line", schema = "pg_catalog"))]
    pub struct Line;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "list"))]
    pub struct List;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "lquery"))]
    pub struct Lquery;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "lseg", schema = "pg_catalog"))]
    pub struct Lseg;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "ltree"))]
    pub struct Ltree;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "mood"))]
    pub struct Mood;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "must"))]
    pub struct Must;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "must_too"))]
    pub struct MustToo;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "name", schema = "pg_catalog"))]
    pub struct Name;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "pair"))]
    pub struct Pair;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "path", schema = "pg_catalog"))]
    pub struct Path;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "person"))]
    pub struct Person;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "pg_snapshot", schema = "pg_catalog"))]
    pub struct PgSnapshot;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "phase"))]
    pub struct Phase;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "place"))]
    pub struct Place;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "point", schema = "pg_catalog"))]
    pub struct Point;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "polygon", schema = "pg_catalog"))]
    pub struct Polygon;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "postal_address"))]
    pub struct PostalAddress;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "price"))]
    pub struct Price;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "price_of_anything"))]
    pub struct PriceOfAnything;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "price_of_something"))]
    pub struct PriceOfSomething;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "regclass", schema = "pg_catalog"))]
    pub struct Regclass;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "regcollation", schema = "pg_catalog"))]
    pub struct Regcollation;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "regconfig", schema = "pg_catalog"))]
    pub struct Regconfig;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "regdictionary", schema = "pg_catalog"))]
    pub struct Regdictionary;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "regnamespace", schema = "pg_catalog"))]
    pub struct Regnamespace;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "regoper", schema = "pg_catalog"))]
    pub struct Regoper;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "regoperator", schema = "pg_catalog"))]
    pub struct Regoperator;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "regproc", schema = "pg_catalog"))]
    pub struct Regproc;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "regprocedure", schema = "pg_catalog"))]
    pub struct Regprocedure;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "regrole", schema = "pg_catalog"))]
    pub struct Regrole;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "regtype", schema = "pg_catalog"))]
    pub struct Regtype;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "short_text"))]
    pub struct ShortText;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "textmultirange"))]
    pub struct Textmultirange;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "textrange"))]
    pub struct Textrange;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "tid", schema = "pg_catalog"))]
    pub struct Tid;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "timerange"))]
    pub struct Timerange;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "timetz", schema = "pg_catalog"))]
    pub struct Timetz;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "tsquery", schema = "pg_catalog"))]
    pub struct Tsquery;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "tsvector", schema = "pg_catalog"))]
    pub struct Tsvector;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "twin"))]
    pub struct Twin;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "txid_snapshot", schema = "pg_catalog"))]
    pub struct TxidSnapshot;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "uuidmultirange"))]
    pub struct Uuidmultirange;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "uuidrange"))]
    pub struct Uuidrange;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "varbit", schema = "pg_catalog"))]
    pub struct Varbit;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "xid", schema = "pg_catalog"))]
    pub struct Xid;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "xid8", schema = "pg_catalog"))]
    pub struct Xid8;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "xml", schema = "pg_catalog"))]
    pub struct Xml;
}

diesel::table! {
    Everyday (id) {
        id -> Int4,
        label -> Nullable<Text>,
    }
}

diesel::table! {
    Type (id) {
        id -> Int4,
        Name -> Text,
        self_id -> Nullable<Int4>,
    }
}

diesel::table! {
    check_addresses (id) {
        id -> Int4,
        network -> Nullable<Inet>,
    }
}

diesel::table! {
    check_bits (id) {
        id -> Int4,
        flags -> Nullable<Int4>,
        mask -> Nullable<Int2>,
        large -> Nullable<Int8>,
        a -> Nullable<Int4>,
        b -> Nullable<Text>,
        c -> Nullable<Bool>,
        d -> Nullable<Int8>,
        e -> Nullable<Numeric>,
        f -> Nullable<Numeric>,
    }
}

diesel::table! {
    check_calculations (id) {
        id -> Int4,
        price -> Numeric,
        discount -> Nullable<Numeric>,
        loose -> Nullable<Numeric>,
        looser -> Nullable<Numeric>,
        a -> Nullable<Int4>,
        b -> Int4,
        c -> Nullable<Int4>,
        d -> Nullable<Int8>,
    }
}

diesel::table! {
    check_child (id) {
        id -> Int4,
        a -> Nullable<Int4>,
        b -> Nullable<Int4>,
        c -> Nullable<Int4>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Phase;

    check_collections (id) {
        id -> Int4,
        tags -> Array<Nullable<Text>>,
        numbers -> Nullable<Array<Nullable<Int4>>>,
        filled -> Nullable<Array<Nullable<Int4>>>,
        known -> Nullable<Array<Nullable<Text>>>,
        holds -> Nullable<Array<Nullable<Text>>>,
        touches -> Nullable<Array<Nullable<Int4>>>,
        no_null -> Nullable<Array<Nullable<Text>>>,
        no_zero -> Nullable<Array<Nullable<Int4>>>,
        has_one -> Nullable<Array<Nullable<Int4>>>,
        without -> Nullable<Array<Nullable<Text>>>,
        phases -> Nullable<Array<Nullable<Phase>>>,
    }
}

diesel::table! {
    check_computed (id) {
        id -> Int4,
        first -> Nullable<Text>,
        last -> Text,
        full_name -> Nullable<Text>,
        day -> Date,
        weekday -> Nullable<Int4>,
        starts -> Time,
        ends -> Time,
        worked -> Nullable<Interval>,
        rest -> Interval,
        doc -> Jsonb,
        name -> Nullable<Text>,
        amount -> Int4,
        twice -> Nullable<Int4>,
    }
}

diesel::table! {
    check_documents (id) {
        id -> Int4,
        settings -> Jsonb,
        items -> Nullable<Jsonb>,
        keyed -> Nullable<Jsonb>,
        required -> Nullable<Jsonb>,
        member -> Nullable<Jsonb>,
        nested -> Nullable<Jsonb>,
        element -> Nullable<Jsonb>,
        not_empty -> Nullable<Jsonb>,
        old -> Nullable<Json>,
    }
}

diesel::table! {
    check_edges (id) {
        id -> Int4,
        titles -> Nullable<Text>,
        dotted -> Nullable<Text>,
        kind -> Nullable<Jsonb>,
        ancient -> Nullable<Date>,
        quarterly -> Nullable<Timestamp>,
        hourly -> Nullable<Timestamp>,
        minutely -> Nullable<Timestamp>,
        first -> Nullable<Timestamp>,
        later -> Nullable<Timestamp>,
        sooner -> Nullable<Date>,
    }
}

diesel::table! {
    check_floats (id) {
        id -> Int4,
        a -> Nullable<Float8>,
        b -> Nullable<Float8>,
        c -> Nullable<Float4>,
        d -> Nullable<Int8>,
    }
}

diesel::table! {
    check_further_left (id) {
        id -> Int4,
        a -> Nullable<Date>,
        b -> Nullable<Timestamptz>,
        c -> Nullable<Interval>,
        d -> Nullable<Interval>,
        e -> Nullable<Text>,
        f -> Nullable<Numeric>,
        g -> Nullable<Text>,
        h -> Nullable<Jsonb>,
    }
}

diesel::table! {
    check_json_texts (id) {
        id -> Int4,
        number -> Nullable<Jsonb>,
        equal -> Nullable<Jsonb>,
        rest -> Nullable<Jsonb>,
        others -> Nullable<Jsonb>,
        old -> Nullable<Json>,
    }
}

diesel::table! {
    check_left (id) {
        id -> Int4,
        a -> Nullable<Int4>,
        b -> Nullable<Timestamptz>,
        c -> Nullable<Text>,
        d -> Nullable<Text>,
        e -> Nullable<Text>,
        f -> Nullable<Timestamptz>,
        g -> Nullable<Numeric>,
        h -> Nullable<Text>,
    }
}

diesel::table! {
    check_logic (id) {
        id -> Int4,
        flag -> Nullable<Bool>,
        sure -> Bool,
        open -> Nullable<Bool>,
        shut -> Nullable<Bool>,
        kind -> Nullable<Text>,
        a -> Nullable<Int4>,
        b -> Nullable<Int4>,
        c -> Nullable<Int4>,
        d -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::PostalAddress;
    use super::sql_types::Place;

    check_members (id) {
        id -> Int4,
        by_pattern -> Nullable<PostalAddress>,
        by_list -> Nullable<PostalAddress>,
        by_number -> Nullable<PostalAddress>,
        by_time -> Nullable<PostalAddress>,
        by_lines -> Nullable<PostalAddress>,
        by_notes -> Nullable<PostalAddress>,
        by_truth -> Nullable<PostalAddress>,
        by_code -> Nullable<PostalAddress>,
        by_name -> Nullable<PostalAddress>,
        by_place -> Nullable<PostalAddress>,
        by_fee -> Nullable<PostalAddress>,
        by_null -> Nullable<PostalAddress>,
        by_whole -> Nullable<Place>,
        by_both -> Nullable<Place>,
        by_sum -> Nullable<Place>,
        by_home -> Nullable<PostalAddress>,
        needed -> Place,
    }
}

diesel::table! {
    check_more_documents (id) {
        id -> Int4,
        path -> Nullable<Jsonb>,
        holds -> Nullable<Jsonb>,
        element -> Nullable<Jsonb>,
        written -> Nullable<Jsonb>,
        firsts -> Nullable<Array<Nullable<Text>>>,
        seconds -> Nullable<Array<Nullable<Int4>>>,
        wanted -> Nullable<Int4>,
        listed -> Nullable<Array<Nullable<Int4>>>,
    }
}

diesel::table! {
    check_more_texts (id) {
        id -> Int4,
        #[max_length = 4]
        code -> Nullable<Bpchar>,
        #[max_length = 3]
        like_code -> Nullable<Bpchar>,
        word -> Nullable<Text>,
        other_word -> Nullable<Text>,
        old_word -> Nullable<Text>,
        behind -> Nullable<Text>,
        mirrored -> Nullable<Text>,
        ending -> Nullable<Text>,
        middle -> Nullable<Text>,
        early -> Nullable<Text>,
        split -> Nullable<Text>,
        digits -> Nullable<Int4>,
        fallback -> Nullable<Text>,
        blank -> Nullable<Text>,
        chosen -> Nullable<Text>,
        either -> Nullable<Int4>,
    }
}

diesel::table! {
    check_more_times (id) {
        id -> Int4,
        day -> Nullable<Date>,
        other_day -> Nullable<Date>,
        begins -> Nullable<Timestamptz>,
        ends -> Nullable<Timestamptz>,
        local -> Nullable<Timestamp>,
        local_end -> Nullable<Timestamp>,
    }
}

diesel::table! {
    check_networks (id) {
        id -> Int4,
        lowest -> Nullable<Inet>,
        highest -> Nullable<Inet>,
        net -> Nullable<Cidr>,
    }
}

diesel::table! {
    check_numbers (id) {
        id -> Int4,
        small -> Nullable<Int2>,
        plain -> Int4,
        large -> Nullable<Int8>,
        single -> Nullable<Float4>,
        double -> Nullable<Float8>,
        money -> Nullable<Numeric>,
        exact -> Nullable<Numeric>,
        thousands -> Nullable<Numeric>,
        share -> Nullable<Numeric>,
        listed -> Nullable<Int4>,
        refused -> Nullable<Int4>,
        mixed -> Nullable<Int4>,
    }
}

diesel::table! {
    check_parent (id) {
        id -> Int4,
        a -> Nullable<Int4>,
        b -> Nullable<Int4>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::CheckWord;
    use super::sql_types::CheckGiven;
    use super::sql_types::CheckCode;
    use super::sql_types::CheckLowPrice;
    use super::sql_types::CheckPair;

    check_parts (id) {
        id -> Int4,
        words -> Nullable<Array<Nullable<CheckWord>>>,
        given -> Nullable<Array<Nullable<CheckGiven>>>,
        codes -> Array<Nullable<CheckCode>>,
        prices -> Nullable<Array<Nullable<CheckLowPrice>>>,
        pair -> Nullable<CheckPair>,
        pairs -> Array<Nullable<CheckPair>>,
    }
}

diesel::table! {
    check_patterns (id) {
        id -> Int4,
        slug -> Nullable<Text>,
        #[max_length = 12]
        host -> Nullable<Varchar>,
        hex -> Nullable<Text>,
        inner_dot -> Nullable<Text>,
        word -> Nullable<Text>,
        digits -> Nullable<Text>,
        blank -> Nullable<Text>,
        alpha -> Nullable<Text>,
        folded -> Nullable<Text>,
        never -> Nullable<Text>,
        likes -> Nullable<Text>,
        prefixed -> Nullable<Text>,
        escaped -> Nullable<Text>,
        unlike -> Nullable<Text>,
        alike -> Nullable<Text>,
        alternatives -> Nullable<Text>,
        ahead -> Nullable<Text>,
        newline -> Nullable<Text>,
    }
}

diesel::table! {
    check_ranges (id) {
        id -> Int4,
        numbers -> Nullable<Int4range>,
        large -> Nullable<Int8range>,
        exact -> Nullable<Numrange>,
        days -> Nullable<Daterange>,
        local -> Nullable<Tsrange>,
        period -> Nullable<Tstzrange>,
        within -> Nullable<Tstzrange>,
        begins -> Nullable<Timestamptz>,
        inner_number -> Nullable<Int4>,
        price -> Nullable<Numeric>,
    }
}

diesel::table! {
    check_rewritten (id) {
        id -> Int4,
        alike -> Nullable<Text>,
        unlike -> Nullable<Text>,
        escaped -> Nullable<Text>,
        matched -> Nullable<Text>,
        ordered -> Nullable<Text>,
        plain -> Nullable<Text>,
        start -> Nullable<Text>,
        part -> Nullable<Text>,
        lesser -> Nullable<Text>,
        network -> Nullable<Inet>,
    }
}

diesel::table! {
    check_spans (id) {
        id -> Int4,
        span -> Nullable<Interval>,
        other -> Nullable<Interval>,
        begins -> Nullable<Timestamp>,
        ends -> Nullable<Timestamp>,
        opened -> Nullable<Timestamptz>,
        closed -> Nullable<Timestamptz>,
        day -> Nullable<Date>,
        due -> Nullable<Date>,
        at -> Nullable<Time>,
        until -> Nullable<Time>,
    }
}

diesel::table! {
    check_steps (id) {
        id -> Int4,
        second -> Nullable<Timestamp>,
        hour -> Nullable<Timestamp>,
        day -> Nullable<Timestamptz>,
        week -> Nullable<Timestamp>,
        month -> Nullable<Timestamp>,
        quarter -> Nullable<Timestamp>,
        year -> Nullable<Timestamp>,
        noon -> Nullable<Timestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Phase;
    use super::sql_types::Handle;

    check_texts (id) {
        id -> Int4,
        #[max_length = 3]
        code -> Varchar,
        #[max_length = 5]
        padded -> Nullable<Bpchar>,
        name -> Nullable<Text>,
        bytes -> Nullable<Text>,
        trimmed -> Nullable<Text>,
        edges -> Nullable<Text>,
        lowered -> Nullable<Text>,
        uppered -> Nullable<Text>,
        plain -> Nullable<Text>,
        kind -> Text,
        #[max_length = 10]
        other -> Nullable<Varchar>,
        phase -> Phase,
        late -> Nullable<Phase>,
        label -> Nullable<Phase>,
        starts -> Nullable<Text>,
        swapped -> Nullable<Text>,
        joined -> Nullable<Text>,
        cut -> Nullable<Text>,
        #[max_length = 8]
        handle -> Nullable<Varchar>,
        short -> Nullable<Handle>,
        raw -> Nullable<Bytea>,
        key -> Nullable<Uuid>,
    }
}

diesel::table! {
    check_times (id) {
        id -> Int4,
        begins -> Timestamptz,
        ends -> Nullable<Timestamptz>,
        seconds -> Nullable<Timestamp>,
        day -> Nullable<Date>,
        at -> Nullable<Time>,
        forever -> Nullable<Date>,
    }
}

diesel::table! {
    check_traps (id) {
        id -> Int4,
        cut_by_cast -> Nullable<Text>,
        exact -> Nullable<Numeric>,
        double -> Nullable<Float8>,
        #[max_length = 4]
        padded -> Nullable<Bpchar>,
        positive -> Nullable<Numeric>,
        tiny -> Nullable<Numeric>,
        nan -> Nullable<Float8>,
        some_or_none -> Nullable<Int4>,
        neither -> Nullable<Int4>,
        refuses_its_default -> Nullable<Int4>,
        amount -> Nullable<Int4>,
        million -> Nullable<Int4>,
        sized -> Nullable<Array<Nullable<Int4>>>,
        mail -> Nullable<Citext>,
        normal -> Nullable<Text>,
    }
}

diesel::table! {
    events (id, at) {
        id -> Int4,
        at -> Date,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    events_2026 (id, at) {
        id -> Int4,
        at -> Date,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Mood;

    every_array (id) {
        id -> Int4,
        a_bools -> Array<Nullable<Bool>>,
        a_texts -> Array<Nullable<Text>>,
        a_varchars -> Array<Nullable<Varchar>>,
        a_chars -> Nullable<Array<Nullable<Bpchar>>>,
        a_uuids -> Nullable<Array<Nullable<Uuid>>>,
        a_timestamptzs -> Array<Nullable<Timestamptz>>,
        a_dates -> Nullable<Array<Nullable<Date>>>,
        a_times -> Nullable<Array<Nullable<Time>>>,
        a_jsonbs -> Array<Nullable<Jsonb>>,
        a_numerics -> Array<Nullable<Numeric>>,
        a_bytea -> Nullable<Array<Nullable<Bytea>>>,
        a_matrix -> Array<Nullable<Int4>>,
        a_moods -> Array<Nullable<Mood>>,
        a_inets -> Nullable<Array<Nullable<Inet>>>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Varbit;
    use super::sql_types::Flags;

    every_bit (id) {
        id -> Int4,
        #[max_length = 1]
        a_bit -> Bit,
        #[max_length = 3]
        a_bit_3 -> Nullable<Bit>,
        #[max_length = 9]
        a_bit_9 -> Bit,
        #[max_length = 9]
        a_varbit -> Nullable<Varbit>,
        some_bits -> Nullable<Array<Nullable<Bit>>>,
        #[max_length = 4]
        some_flags -> Bit,
        more_flags -> Nullable<Array<Nullable<Flags>>>,
    }
}

diesel::table! {
    every_constraint (code) {
        #[max_length = 8]
        code -> Varchar,
        email -> Text,
        starts_at -> Timestamptz,
        ends_at -> Timestamptz,
        #[max_length = 8]
        parent -> Nullable<Varchar>,
        every_type_id -> Nullable<Int8>,
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    every_default (by_default) {
        always -> Int4,
        by_default -> Int4,
        counted -> Int4,
        computed -> Nullable<Text>,
        label -> Text,
        nullable_default -> Nullable<Text>,
        id -> Nullable<Int4>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Price;
    use super::sql_types::PriceOfSomething;
    use super::sql_types::PriceOfAnything;
    use super::sql_types::Must;
    use super::sql_types::MustToo;
    use super::sql_types::List;
    use super::sql_types::Varbit;

    every_domain (id) {
        id -> Int4,
        a_price -> Numeric,
        a_price_of_something -> Price,
        a_price_of_anything -> Nullable<PriceOfSomething>,
        some_prices -> Array<Nullable<Price>>,
        some_prices_of_anything -> Nullable<Array<Nullable<PriceOfAnything>>>,
        must_be -> Int4,
        must_be_too -> Nullable<Must>,
        must_all_be -> Array<Nullable<Must>>,
        must_all_be_too -> Nullable<Array<Nullable<MustToo>>>,
        some_lists -> Nullable<Array<Nullable<List>>>,
        some_spans -> Nullable<Array<Nullable<Interval>>>,
        #[max_length = 3]
        some_bits -> Nullable<Varbit>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Mood;

    every_nullable (id) {
        id -> Uuid,
        a_bool -> Nullable<Bool>,
        a_text -> Nullable<Text>,
        #[max_length = 3]
        a_varchar_3 -> Nullable<Varchar>,
        a_timestamptz -> Nullable<Timestamptz>,
        a_timestamp -> Nullable<Timestamp>,
        a_date -> Nullable<Date>,
        a_time -> Nullable<Time>,
        a_jsonb -> Nullable<Jsonb>,
        a_numeric -> Nullable<Numeric>,
        a_numeric_3_2 -> Nullable<Numeric>,
        a_mood -> Nullable<Mood>,
        #[max_length = 5]
        a_short -> Nullable<Varchar>,
        a_good_mood -> Nullable<Mood>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Xid;
    use super::sql_types::Cid;
    use super::sql_types::Xid8;
    use super::sql_types::Regclass;
    use super::sql_types::Regcollation;
    use super::sql_types::Regconfig;
    use super::sql_types::Regdictionary;
    use super::sql_types::Regnamespace;
    use super::sql_types::Regoper;
    use super::sql_types::Regoperator;
    use super::sql_types::Regproc;
    use super::sql_types::Regprocedure;
    use super::sql_types::Regrole;
    use super::sql_types::Regtype;

    every_number (id) {
        id -> Int4,
        an_xid -> Nullable<Xid>,
        a_cid -> Nullable<Cid>,
        an_xid8 -> Nullable<Xid8>,
        a_regclass -> Nullable<Regclass>,
        a_regcollation -> Nullable<Regcollation>,
        a_regconfig -> Nullable<Regconfig>,
        a_regdictionary -> Nullable<Regdictionary>,
        a_regnamespace -> Nullable<Regnamespace>,
        a_regoper -> Nullable<Regoper>,
        a_regoperator -> Nullable<Regoperator>,
        a_regproc -> Nullable<Regproc>,
        a_regprocedure -> Nullable<Regprocedure>,
        a_regrole -> Nullable<Regrole>,
        a_regtype -> Nullable<Regtype>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Timetz;
    use super::sql_types::Varbit;
    use super::sql_types::Name;
    use super::sql_types::Tsvector;
    use super::sql_types::Hstore;
    use super::sql_types::Ltree;
    use super::sql_types::Tid;

    every_own (id) {
        id -> Int8,
        an_interval -> Interval,
        an_interval_2 -> Nullable<Interval>,
        an_interval_of_months -> Nullable<Interval>,
        a_timetz -> Timetz,
        a_timetz_0 -> Nullable<Timetz>,
        a_varbit -> Varbit,
        #[max_length = 5]
        a_varbit_5 -> Nullable<Varbit>,
        a_money -> Money,
        a_macaddr -> Macaddr,
        a_macaddr8 -> Macaddr8,
        a_pg_lsn -> PgLsn,
        a_name -> Name,
        a_byte -> Char,
        a_tsvector -> Tsvector,
        an_hstore -> Hstore,
        an_ltree -> Ltree,
        a_citext -> Citext,
        a_tid -> Tid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Timetz;
    use super::sql_types::Varbit;
    use super::sql_types::Name;
    use super::sql_types::Tsvector;
    use super::sql_types::Hstore;
    use super::sql_types::Ltree;
    use super::sql_types::Tid;
    use super::sql_types::Regclass;

    every_own_array (id) {
        id -> Int4,
        some_intervals -> Array<Nullable<Interval>>,
        some_timetzs -> Nullable<Array<Nullable<Timetz>>>,
        some_varbits -> Array<Nullable<Varbit>>,
        some_money -> Nullable<Array<Nullable<Money>>>,
        some_macaddrs -> Nullable<Array<Nullable<Macaddr>>>,
        some_names -> Nullable<Array<Nullable<Name>>>,
        some_tsvectors -> Nullable<Array<Nullable<Tsvector>>>,
        some_hstores -> Nullable<Array<Nullable<Hstore>>>,
        some_ltrees -> Array<Nullable<Ltree>>,
        some_citexts -> Nullable<Array<Nullable<Citext>>>,
        some_tids -> Nullable<Array<Nullable<Tid>>>,
        some_regclasses -> Nullable<Array<Nullable<Regclass>>>,
    }
}

diesel::table! {
    every_precision (id) {
        id -> Int4,
        a_timestamp_0 -> Timestamp,
        a_timestamp_3 -> Nullable<Timestamp>,
        a_timestamptz_0 -> Nullable<Timestamptz>,
        a_timestamptz_6 -> Nullable<Timestamptz>,
        a_time_0 -> Time,
        a_time_3 -> Nullable<Time>,
        some_times -> Nullable<Array<Nullable<Time>>>,
        a_numeric_3_5 -> Nullable<Numeric>,
        a_numeric_1000_1000 -> Nullable<Numeric>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Uuidrange;
    use super::sql_types::Floatrange;
    use super::sql_types::Timerange;
    use super::sql_types::Uuidmultirange;
    use super::sql_types::Textrange;
    use super::sql_types::Textmultirange;

    every_range (id) {
        id -> Int4,
        an_int4range -> Int4range,
        an_int8range -> Nullable<Int8range>,
        a_numrange -> Nullable<Numrange>,
        a_daterange -> Daterange,
        a_tsrange -> Nullable<Tsrange>,
        a_tstzrange -> Nullable<Tstzrange>,
        a_uuidrange -> Nullable<Uuidrange>,
        a_floatrange -> Floatrange,
        a_timerange -> Nullable<Timerange>,
        an_int4multirange -> Int4multirange,
        a_nummultirange -> Nullable<Nummultirange>,
        a_datemultirange -> Nullable<Datemultirange>,
        a_tstzmultirange -> Nullable<Tstzmultirange>,
        a_uuidmultirange -> Nullable<Uuidmultirange>,
        some_int4ranges -> Nullable<Array<Nullable<Int4range>>>,
        some_uuidranges -> Array<Nullable<Uuidrange>>,
        a_textrange -> Nullable<Textrange>,
        a_textmultirange -> Textmultirange,
        some_textranges -> Nullable<Array<Nullable<Textrange>>>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Address;
    use super::sql_types::Person;

    every_row (id) {
        id -> Int4,
        an_address -> Address,
        an_address_or_none -> Nullable<Address>,
        some_addresses -> Array<Nullable<Address>>,
        a_person -> Nullable<Person>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Tsquery;
    use super::sql_types::PgSnapshot;
    use super::sql_types::TxidSnapshot;

    every_search (id) {
        id -> Int4,
        a_tsquery -> Tsquery,
        some_tsqueries -> Nullable<Array<Nullable<Tsquery>>>,
        a_snapshot -> PgSnapshot,
        an_old_snapshot -> Nullable<TxidSnapshot>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Point;
    use super::sql_types::Line;
    use super::sql_types::Lseg;
    use super::sql_types::Box;
    use super::sql_types::Path;
    use super::sql_types::Polygon;
    use super::sql_types::Circle;

    every_shape (id) {
        id -> Int4,
        a_point -> Point,
        a_line -> Line,
        an_lseg -> Nullable<Lseg>,
        a_box -> Box,
        a_path -> Path,
        a_polygon -> Nullable<Polygon>,
        a_circle -> Nullable<Circle>,
        some_points -> Nullable<Array<Nullable<Point>>>,
        some_circles -> Array<Nullable<Circle>>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Mood;
    use super::sql_types::CamelKind;
    use super::sql_types::Level;

    every_type (id) {
        id -> Int8,
        a_bool -> Bool,
        a_int2 -> Int2,
        a_int4 -> Int4,
        a_int8 -> Int8,
        a_float4 -> Float4,
        a_float8 -> Float8,
        a_text -> Text,
        a_varchar -> Varchar,
        #[max_length = 3]
        a_varchar_3 -> Varchar,
        #[max_length = 1]
        a_char -> Bpchar,
        #[max_length = 3]
        a_char_3 -> Bpchar,
        a_uuid -> Uuid,
        a_timestamptz -> Timestamptz,
        a_timestamp -> Timestamp,
        a_date -> Date,
        a_time -> Time,
        a_json -> Json,
        a_jsonb -> Jsonb,
        a_bytea -> Bytea,
        a_numeric -> Numeric,
        a_numeric_5_2 -> Numeric,
        a_inet -> Inet,
        a_cidr -> Cidr,
        a_oid -> Oid,
        a_mood -> Mood,
        a_camel -> CamelKind,
        a_level -> Level,
        #[max_length = 5]
        a_short -> Varchar,
        a_number -> Int4,
        a_names -> Array<Nullable<Text>>,
    }
}

diesel::table! {
    everyday (id) {
        id -> Int4,
        renamed -> Text,
    }
}

diesel::table! {
    generated (id) {
        id -> Int4,
        label -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Lquery;

    given (id) {
        id -> Int4,
        an_lquery -> Lquery,
        some_lqueries -> Nullable<Array<Nullable<Lquery>>>,
    }
}

diesel::table! {
    key_of_range (id) {
        id -> Int4range,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Xml;
    use super::sql_types::Jsonpath;
    use super::sql_types::Aclitem;
    use super::sql_types::Inetrange;

    left_out (id) {
        id -> Int4,
        an_xml -> Nullable<Xml>,
        a_jsonpath -> Nullable<Jsonpath>,
        an_acl -> Nullable<Aclitem>,
        some_addresses -> Nullable<Inetrange>,
    }
}

diesel::table! {
    needs_interval (id) {
        id -> Int4,
        took -> Interval,
    }
}

diesel::table! {
    notes (id) {
        id -> Int4,
        event_id -> Nullable<Int4>,
        event_at -> Nullable<Date>,
    }
}

diesel::table! {
    nothing_to_insert (id) {
        id -> Int4,
    }
}

diesel::table! {
    odd_names (type_) {
        #[sql_name = "type"]
        type_ -> Int4,
        /// Ends a comment */ and begins
        ///
        /// ```
        /// panic!()
        /// ```
        /// indented [link](to) <b> `tick
        #[sql_name = "first name"]
        first_name -> Nullable<Text>,
        #[sql_name = "odd_names"]
        odd_names_ -> Nullable<Text>,
        #[sql_name = "self"]
        #[max_length = 4]
        self_ -> Nullable<Varchar>,
        #[sql_name = "Self"]
        Self_ -> Nullable<Text>,
        #[sql_name = "2fa"]
        _2fa -> Nullable<Bool>,
        #[sql_name = "table"]
        table_ -> Nullable<Text>,
        #[sql_name = "columns"]
        columns_ -> Nullable<Text>,
        #[sql_name = "naïve"]
        na_ve -> Nullable<Text>,
        #[sql_name = "_"]
        __ -> Nullable<Text>,
        ___ -> Nullable<Text>,
        createdAt -> Nullable<Timestamptz>,
        a_b -> Nullable<Text>,
        aB -> Nullable<Text>,
        #[max_length = 2]
        ID -> Nullable<Varchar>,
        #[max_length = 2]
        id -> Nullable<Varchar>,
        #[sql_name = r#"with "quote""#]
        with_quote_ -> Nullable<Text>,
    }
}

diesel::table! {
    only_keys (right_id, left_id) {
        left_id -> Int4,
        right_id -> Uuid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Tsvector;
    use super::sql_types::Hidden;
    use super::sql_types::Empty;
    use super::sql_types::Twin;
    use super::sql_types::Pair;
    use super::sql_types::ShortText;

    /// Has a part.
    partly (id) {
        id -> Int4,
        title -> Text,
        document -> Nullable<Tsvector>,
        took -> Nullable<Interval>,
        span -> Nullable<Int4range>,
        short -> Nullable<Interval>,
        hidden -> Nullable<Array<Nullable<Hidden>>>,
        nothing -> Nullable<Empty>,
        first_twin -> Nullable<Twin>,
        second_twin -> Nullable<Twin>,
        point -> Nullable<Pair>,
        nested -> Nullable<ShortText>,
        shorts -> Nullable<Array<Nullable<ShortText>>>,
        letter -> Nullable<Char>,
    }
}

diesel::table! {
    players (id) {
        id -> Int4,
        team_id -> Int4,
        home_id -> Nullable<Int4>,
        away_id -> Nullable<Int4>,
        left_id -> Nullable<Int4>,
        right_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    postgres (id) {
        id -> Int4,
    }
}

diesel::table! {
    serde (id) {
        id -> Int4,
        chrono -> Nullable<Date>,
    }
}

diesel::table! {
    teams (id) {
        id -> Int4,
        captain_id -> Nullable<Int4>,
    }
}

diesel::table! {
    types (id) {
        id -> Int4,
    }
}

diesel::table! {
    wide (id) {
        id -> Int4,
        c01 -> Nullable<Int4>,
        c02 -> Nullable<Int4>,
        c03 -> Nullable<Int4>,
        c04 -> Nullable<Int4>,
        c05 -> Nullable<Int4>,
        c06 -> Nullable<Int4>,
        c07 -> Nullable<Int4>,
        c08 -> Nullable<Int4>,
        c09 -> Nullable<Int4>,
        c10 -> Nullable<Int4>,
        c11 -> Nullable<Int4>,
        c12 -> Nullable<Int4>,
        c13 -> Nullable<Int4>,
        c14 -> Nullable<Int4>,
        c15 -> Nullable<Int4>,
        c16 -> Nullable<Int4>,
        c17 -> Nullable<Int4>,
        c18 -> Nullable<Int4>,
        c19 -> Nullable<Int4>,
        c20 -> Nullable<Int4>,
    }
}

diesel::joinable!(every_constraint -> every_type (every_type_id));
diesel::joinable!(only_keys -> every_array (left_id));
diesel::joinable!(only_keys -> every_nullable (right_id));

diesel::allow_tables_to_appear_in_same_query!(every_array, every_nullable, only_keys,);
diesel::allow_tables_to_appear_in_same_query!(every_constraint, every_type,);
