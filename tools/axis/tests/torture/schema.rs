// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "Camel Kind"))]
    pub struct CamelKind;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "empty"))]
    pub struct Empty;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "hidden"))]
    pub struct Hidden;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "level", schema = "elsewhere"))]
    pub struct Level;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "mood"))]
    pub struct Mood;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "pair"))]
    pub struct Pair;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "short_text"))]
    pub struct ShortText;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "tsvector", schema = "pg_catalog"))]
    pub struct Tsvector;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "twin"))]
    pub struct Twin;
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
    key_of_range (id) {
        id -> Int4range,
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
