//! What is generated from the schema of every shape, against a PostgreSQL that has it: contracts accept a row if and only
//! if the INSERT succeeds, and a row comes back as it was sent.
#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use std::path::Path;

use axis_testkit::TestDatabase;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::json;

#[path = "torture/further_schema.rs"]
mod further_schema;
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "the example `torture` is the library; this test uses a part"
)]
#[path = "torture/generated/mod.rs"]
mod generated;
#[allow(
    unreachable_pub,
    reason = "the example `torture` is the library; this test uses a part"
)]
#[path = "torture/lquery.rs"]
mod lquery;
#[allow(
    non_snake_case,
    unreachable_pub,
    reason = "as the diesel CLI prints it"
)]
#[path = "torture/schema.rs"]
mod schema;

use generated::types::{CamelKind, Level, Mood};
use generated::{every_array, every_default, every_nullable, every_type, odd_names};

/// A database with the schema of every shape. The file is dropped with the database's guard.
async fn database() -> (TestDatabase, AsyncPgConnection) {
    let database = TestDatabase::empty().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture/migrations");
    let applied = axis_local_postgres::migrate(database.url(), folder).unwrap();
    assert_eq!(applied.len(), 2);
    let connection = AsyncPgConnection::establish(database.url()).await.unwrap();
    (database, connection)
}

fn row() -> every_type::Insert {
    every_type::Insert {
        a_bool: true,
        a_int2: i16::MIN,
        a_int4: i32::MAX,
        a_int8: i64::MIN,
        a_float4: f32::MIN_POSITIVE,
        a_float8: f64::INFINITY,
        a_text: "e\u{301} \u{10ffff}".to_owned(),
        a_varchar: "plain".to_owned(),
        a_varchar_3: "abc".to_owned(),
        a_char: "x".to_owned(),
        a_char_3: "ab".to_owned(),
        a_uuid: uuid::Uuid::max(),
        a_timestamptz: "2026-01-01T00:00:00.123456Z".parse().unwrap(),
        a_timestamp: "2026-01-01T00:00:00".parse().unwrap(),
        a_date: NaiveDate::MAX,
        a_time: "23:59:59.999".parse().unwrap(),
        a_json: json!({"a": [1, 2.5, null]}),
        a_jsonb: json!({"a": [1, 2.5, null]}),
        a_bytea: vec![0, 255],
        a_numeric: "-123456789.000000001".parse().unwrap(),
        a_numeric_5_2: "999.99".parse().unwrap(),
        a_inet: "10.1.2.3/8".parse().unwrap(),
        a_cidr: "2001:db8::/32".parse().unwrap(),
        a_oid: u32::MAX,
        a_mood: Mood::ItSQuotedBack,
        a_camel: CamelKind::One,
        a_level: Level::High,
        a_short: "short".to_owned(),
        a_number: 1,
        a_names: vec![Some("a".to_owned()), None],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_type_comes_back_as_it_was_sent() {
    let (_database, mut connection) = database().await;
    let row = row();
    let found: every_type::Select = diesel::insert_into(schema::every_type::table)
        .values(row.clone())
        .returning(every_type::Select::as_returning())
        .get_result(&mut connection)
        .await
        .unwrap();
    assert_eq!(found.a_text, row.a_text);
    assert_eq!(found.a_char_3, "ab ", "character(n) pads");
    assert_eq!(found.a_date, row.a_date);
    assert_eq!(found.a_timestamptz, row.a_timestamptz);
    assert_eq!(found.a_jsonb, row.a_jsonb);
    assert_eq!(found.a_numeric, row.a_numeric);
    assert_eq!(found.a_inet, row.a_inet);
    assert_eq!(found.a_cidr, row.a_cidr);
    assert_eq!(found.a_mood, row.a_mood);
    assert_eq!((found.a_camel, found.a_level), (row.a_camel, row.a_level));
    assert_eq!(found.a_names, row.a_names);
    for mood in Mood::ALL {
        let changed: Mood = diesel::update(schema::every_type::table)
            .set(every_type::Update {
                a_mood: Some(*mood),
                ..every_type::Update::default()
            })
            .returning(schema::every_type::a_mood)
            .get_result(&mut connection)
            .await
            .unwrap();
        assert_eq!(changed, *mood);
        assert_eq!(serde_json::to_value(mood).unwrap(), json!(mood.label()));
    }
}

/// Inserts rows that differ from a good one in one value, and compares with the contract.
struct Oracle {
    accepted: usize,
    refused: usize,
    disagreements: Vec<String>,
}

impl Oracle {
    fn new() -> Self {
        Self {
            accepted: 0,
            refused: 0,
            disagreements: Vec::new(),
        }
    }

    fn compare(&mut self, what: String, contract: bool, postgres: QueryResult<usize>) {
        match &postgres {
            Ok(_) => self.accepted += 1,
            Err(_) => self.refused += 1,
        }
        if contract != postgres.is_ok() {
            self.disagreements.push(format!(
                "{what}: the contract says {contract}, PostgreSQL {postgres:?}"
            ));
        }
    }

    /// Fails where anything disagrees, or where too few rows of one kind were tried to mean much.
    fn finish(self, accepted: usize, refused: usize) {
        assert!(self.disagreements.is_empty(), "{:#?}", self.disagreements);
        assert!(
            self.accepted >= accepted,
            "only {} rows were accepted",
            self.accepted
        );
        assert!(
            self.refused >= refused,
            "only {} rows were refused",
            self.refused
        );
    }
}

const TEXTS: [&str; 16] = [
    "",
    " ",
    "a",
    "abc",
    "abcd",
    "abc ",
    "abc      ",
    "ab \t",
    "abc\t",
    "abc\n",
    "abcé",
    "e\u{301}a",
    "e\u{301}ab",
    "\u{10ffff}\u{10ffff}\u{10ffff}",
    "a\0b",
    "\0",
];

fn instants() -> Vec<DateTime<Utc>> {
    let first = DateTime::from_timestamp(-210_866_803_200, 0).unwrap();
    let ago = |nanoseconds| first - chrono::Duration::nanoseconds(nanoseconds);
    vec![
        first,
        ago(1),
        ago(999),
        ago(1_000),
        ago(1_001),
        ago(-1),
        ago(86_400_000_000_000),
        DateTime::<Utc>::MIN_UTC,
        DateTime::<Utc>::MAX_UTC,
        DateTime::UNIX_EPOCH,
        "2016-12-31T23:59:60.5Z".parse().unwrap(),
    ]
}

fn times() -> Vec<NaiveTime> {
    let leap = |nanoseconds| NaiveTime::from_hms_nano_opt(23, 59, 59, nanoseconds).unwrap();
    vec![
        NaiveTime::MIN,
        leap(999_999_999),
        leap(1_000_000_000),
        leap(1_000_000_999),
        leap(1_000_001_000),
        leap(1_999_999_999),
    ]
}

fn documents() -> Vec<serde_json::Value> {
    let mut deep = json!("\0");
    for _ in 0..100 {
        deep = json!([deep]);
    }
    vec![
        json!(null),
        json!("a"),
        json!("\0"),
        json!({"a\0": 1}),
        json!({"a": {"b": [1, "\0"]}}),
        json!([u64::MAX, i64::MIN, f64::MAX, f64::MIN_POSITIVE]),
        deep,
    ]
}

fn numbers() -> Vec<bigdecimal::BigDecimal> {
    [
        "0",
        "0.004",
        "0.005",
        "-0.005",
        "999.994",
        "999.995",
        "-999.994",
        "-999.995",
        "999.99",
        "1000",
        "1e3",
        "9.99e2",
        "99949",
        "99950",
        "-99949",
        "-99950",
        "49",
        "50",
        "1e4",
        "1e5",
        "1e-16383",
        "1e-16384",
        "1e-70000",
        "1e131064",
        "1e200000",
        "1e-200000",
        "0e-16384",
        "0e-65535",
        "0e-65536",
        "1e2147483648",
        "1e-2147483648",
    ]
    .iter()
    .map(|number| number.parse().unwrap())
    .collect()
}

macro_rules! try_each {
    ($oracle:ident, $connection:ident, $table:ident, $row:expr, $column:ident, $values:expr, $wrap:expr) => {
        for value in $values {
            let mut row = $row;
            let what = format!(
                "{}.{} = {value:.60?}",
                stringify!($table),
                stringify!($column)
            );
            row.$column = $wrap(value);
            let contract = row.violations().is_empty();
            let postgres = diesel::insert_into(schema::$table::table)
                .values(row)
                .execute(&mut $connection)
                .await;
            $oracle.compare(what, contract, postgres);
        }
    };
}

fn texts() -> impl Iterator<Item = String> {
    TEXTS.iter().map(|text| (*text).to_owned())
}

fn dates() -> impl Iterator<Item = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(-4713, 11, 24).unwrap();
    [
        first,
        first.pred_opt().unwrap(),
        NaiveDate::MIN,
        NaiveDate::MAX,
    ]
    .into_iter()
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_refuse_what_the_types_refuse() {
    let (_database, mut connection) = database().await;
    let mut oracle = Oracle::new();
    macro_rules! with {
        ($column:ident, $values:expr) => {
            try_each!(
                oracle,
                connection,
                every_type,
                row(),
                $column,
                $values,
                |value| value
            )
        };
    }
    with!(a_text, texts());
    with!(a_varchar, texts());
    with!(a_varchar_3, texts());
    with!(a_char, texts());
    with!(a_char_3, texts());
    with!(a_timestamptz, instants());
    with!(a_timestamp, instants().iter().map(DateTime::naive_utc));
    with!(a_timestamp, [NaiveDateTime::MIN, NaiveDateTime::MAX]);
    with!(a_date, dates());
    with!(a_time, times());
    with!(a_json, documents());
    with!(a_jsonb, documents());
    with!(a_numeric, numbers());
    // The longest that Diesel sends. It takes seconds to do so.
    with!(a_numeric, ["1e131063".parse().unwrap()]);
    with!(a_numeric_5_2, numbers());
    with!(
        a_cidr,
        ["10.1.2.3/8", "10.0.0.0/8", "::1/64"].map(|net| net.parse().unwrap())
    );
    with!(
        a_inet,
        ["10.1.2.3/8", "0.0.0.0/0", "::1/128"].map(|net| net.parse().unwrap())
    );
    with!(a_float4, [f32::NAN, f32::INFINITY, -0.0, f32::MIN_POSITIVE]);
    oracle.finish(100, 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn nullable_columns_and_elements_are_checked_too() {
    let (_database, mut connection) = database().await;
    let mut oracle = Oracle::new();
    let nullable: every_nullable::Insert = serde_json::from_value(json!({})).unwrap();
    macro_rules! with {
        ($column:ident, $values:expr, $wrap:expr) => {
            try_each!(
                oracle,
                connection,
                every_nullable,
                nullable.clone(),
                $column,
                $values,
                $wrap
            )
        };
    }
    with!(a_text, texts(), |value| Some(Some(value)));
    with!(a_varchar_3, texts(), Some);
    with!(a_timestamptz, instants(), |value| Some(Some(value)));
    with!(a_date, dates(), |value| Some(Some(value)));
    with!(a_time, times(), Some);
    with!(a_jsonb, documents(), |value| Some(Some(value)));
    with!(a_numeric, numbers(), Some);
    with!(a_numeric_3_2, numbers(), |value| Some(Some(value)));
    with!(a_good_mood, [Mood::Ok, Mood::N2nd], Some);
    let mut id = 0;
    let mut array = || -> every_array::Insert {
        id += 1;
        serde_json::from_value(json!({
            "id": id, "aBools": [true, null], "aVarchars": [], "aTimestamptzs": [], "aJsonbs": [], "aNumerics": [],
            "aMatrix": [1], "aMoods": ["2nd", null],
        }))
        .unwrap()
    };
    macro_rules! element {
        ($column:ident, $values:expr, $wrap:expr) => {
            try_each!(
                oracle,
                connection,
                every_array,
                array(),
                $column,
                $values,
                |value| $wrap(vec![None, Some(value)])
            )
        };
    }
    element!(a_texts, texts(), Some);
    element!(a_varchars, texts(), |value| value);
    element!(a_chars, texts(), Some);
    element!(a_timestamptzs, instants(), |value| value);
    element!(a_dates, dates(), Some);
    element!(a_times, times(), Some);
    element!(a_jsonbs, documents(), |value| value);
    element!(a_numerics, numbers(), |value| value);
    oracle.finish(100, 60);
}

#[test]
fn wire_names_and_presence_are_as_postgresql_has_them() {
    let read = |value| serde_json::from_value::<every_default::Insert>(value);
    let plain = read(json!({"label": "a"})).unwrap();
    assert_eq!(
        (plain.by_default, plain.counted, plain.id),
        (None, None, None)
    );
    assert_eq!(plain.nullable_default, None);
    let null = read(json!({"label": "a", "nullableDefault": null})).unwrap();
    assert_eq!(null.nullable_default, Some(None));
    for refused in [
        json!({}),
        json!({"label": null}),
        json!({"label": "a", "byDefault": null}),
        json!({"label": "a", "always": 1}),
        json!({"label": "a", "computed": "A"}),
        json!({"label": "a", "unknown": 1}),
    ] {
        assert!(read(refused.clone()).is_err(), "{refused} was accepted");
    }
    let odd: odd_names::Insert = serde_json::from_value(json!({
        "type": 1, "firstName": "b", "Self": "c", "self": "d", "2fa": true, "naïve": "e", "_": "f", "___": "g",
        "createdAt": null, "a_b": "h", "aB": "i", "ID": "j", "id": "k", "withQuote": "l",
    }))
    .unwrap();
    assert_eq!(
        (odd.a_b.as_deref(), odd.aB.as_deref()),
        (Some("h"), Some("i"))
    );
    assert_eq!(
        (odd.ID.as_deref(), odd.id.as_deref()),
        (Some("j"), Some("k"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_leaves_the_key_and_sets_a_column_named_id() {
    let (_database, mut connection) = database().await;
    let inserted: every_default::Select = diesel::insert_into(schema::every_default::table)
        .values(serde_json::from_value::<every_default::Insert>(json!({"label": "a"})).unwrap())
        .returning(every_default::Select::as_returning())
        .get_result(&mut connection)
        .await
        .unwrap();
    assert_eq!(inserted.nullable_default.as_deref(), Some("it's `quoted`"));
    assert_eq!(inserted.computed.as_deref(), Some("A"));
    let change: every_default::Update =
        serde_json::from_value(json!({"id": 7, "nullableDefault": null})).unwrap();
    let changed: every_default::Select = diesel::update(schema::every_default::table)
        .set(change)
        .returning(every_default::Select::as_returning())
        .get_result(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        changed,
        every_default::Select {
            id: Some(7),
            nullable_default: None,
            ..inserted
        }
    );
}

/// Values that go over the wire as text: each text is read and written as it is, and no other is read.
#[test]
fn texts_are_read_as_they_are_written() {
    use generated::postgres::{Bits, Interval, MacAddr, MacAddr8, PgLsn, Tid, Timetz, Tsvector};
    fn read<T>(texts: &[&str], wrong: &[&str])
    where
        T: std::str::FromStr + std::fmt::Display,
    {
        for text in texts {
            let value = text.parse::<T>().ok();
            assert_eq!(value.map(|value| value.to_string()).as_deref(), Some(*text));
        }
        for text in wrong {
            assert!(text.parse::<T>().is_err(), "{text} was read");
        }
    }
    read::<Interval>(
        &[
            "PT0S",
            "P1Y2M3DT4H5M6.5S",
            "P-1Y-2M-3DT-4H-5M-6.000001S",
            "PT-0.5S",
            "PT1M",
            "P1D",
            "PT2562047788H54.775807S",
            "PT-2562047788H-54.775808S",
            "P178956970Y7M",
            "P-178956970Y-8M",
        ],
        &[
            "",
            "P",
            "1D",
            "PD",
            "P1",
            "P1X",
            "P1DT",
            "PT1.5M",
            "P1.5D",
            "PT1.0000001S",
            "PT1.-5S",
            "P178956970Y8M",
            "P2147483648D",
            "PT2562047788H54.775808S",
            "PT1é",
            "P1D ",
        ],
    );
    read::<Timetz>(
        &[
            "12:34:56+00:00",
            "23:59:60-03:30",
            "00:00:00.000001+15:59:59",
        ],
        &[
            "12:34:56",
            "12:34:56+2",
            "+02:00",
            "12:34:56+02:00:00:00",
            "12:34:56+24:00",
            "12:34:56Zé",
        ],
    );
    read::<Bits>(&["", "0", "0110100101"], &["2", "0b1", " 0"]);
    read::<MacAddr>(
        &["08:00:2b:01:02:ff"],
        &[
            "08:00:2b:01:02",
            "08:00:2b:01:02:03:04",
            "8:0:2b:1:2:3",
            "08:00:2b:01:02:+f",
        ],
    );
    read::<MacAddr8>(&["08:00:2b:01:02:03:04:05"], &["08:00:2b:01:02:03"]);
    read::<PgLsn>(
        &["0/0", "16/B374D848", "FFFFFFFF/FFFFFFFF"],
        &["0", "100000000/0", "+1/0", "/"],
    );
    read::<Tid>(
        &["(0,1)", "(4294967295,65535)"],
        &["0,1", "(0,65536)", "(0)"],
    );
    read::<Tsvector>(
        &["", "'a'", "'cat':2A,4 'fat':3", "'it''s' 'back\\\\slash'"],
        &["a", "'a", "'a':", "'a':x", "'a''", "'a':1 ,2", "'a'b"],
    );
}
