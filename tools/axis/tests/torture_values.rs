//! What is generated from the schema of every shape, without a database: how rows and values go over the wire. What
//! PostgreSQL says to them is `axis prove`'s (the tests of `src/prove`).

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

/// Against PostgreSQL.
#[path = "torture_values/rows.rs"]
mod rows;
#[allow(
    unreachable_pub,
    reason = "as it is generated for the library; this test uses a part"
)]
#[path = "torture/strategies.rs"]
mod strategies;

use generated::types::{CamelKind, Mood};
use generated::{every_default, every_own_array, every_search, odd_names};

#[test]
fn an_enum_is_its_label() {
    let labels = Mood::ALL.iter().map(|mood| (json!(mood), mood.label()));
    let other = CamelKind::ALL
        .iter()
        .map(|kind| (json!(kind), kind.label()));
    let all: Vec<_> = labels.chain(other).collect();
    assert!(all.len() > 3);
    for (value, label) in all {
        assert_eq!(value, json!(label));
    }
}

/// Minor releases differ in whether PostgreSQL takes these, so no proof tries them, and no contract takes them.
#[test]
fn what_minor_releases_read_differently_is_refused() {
    let violations = |query: &str| {
        let row = json!({"id": 1, "aTsquery": query, "aSnapshot": "1:1:"});
        let row: every_search::Insert = serde_json::from_value(row).unwrap();
        row.violations().len()
    };
    for (query, count) in [
        ("'a' <16384> 'b'", 0),
        ("'a' <16385> 'b'", 1),
        ("", 1),
        ("''", 1),
        ("'a' & ''", 1),
    ] {
        assert_eq!(violations(query), count, "{query:?}");
    }
    let violations = |document: &str| {
        let row = json!({
            "id": 1, "someTsvectors": [document], "someIntervals": [], "someVarbits": [], "someLtrees": [],
        });
        let row: every_own_array::Insert = serde_json::from_value(row).unwrap();
        row.violations().len()
    };
    for (document, count) in [("'a'", 0), ("", 0), ("''", 1), ("'' 'a'", 1)] {
        assert_eq!(violations(document), count, "{document:?}");
    }
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

/// Values that go over the wire as text: each text is read and written as it is, and no other is read.
#[test]
fn texts_are_read_as_they_are_written() {
    use generated::postgres::{
        Bits, Interval, MacAddr, MacAddr8, PgLsn, Snapshot, Tid, Timetz, Tsquery, Tsvector,
    };
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
    read::<Snapshot>(
        &["10:20:10,14,15", "1:1:", "0:18446744073709551615:"],
        &["", "1", "1:2", "1:2:,", "+1:2:", "1:2:3:"],
    );
    let deep = |count: usize| format!("{}'a'{}", "( 'b' <-> ".repeat(count), " )".repeat(count));
    let deep = [
        deep(341),
        deep(100_000),
        "!".repeat(100_000),
        vec!["'a'"; 100_000].join(" & "),
    ];
    let mut wrong = vec![
        "a",
        "'a",
        "'a' &",
        "'a':",
        "'a':X",
        "'a' 'b'",
        "( 'a'",
        "'a' )",
        "'a' <65536> 'b'",
        "'a' <-1> 'b'",
    ];
    wrong.extend(deep.iter().map(String::as_str));
    read::<Tsquery>(
        &[
            "",
            "'it''s' & 'back\\\\slash'",
            "'cat' & ( 'dog':*A | !'fish' ) <2> 'bird'",
            "!( 'a' & 'b' ) | !!'c':BCD",
            "'a' <-> ( 'b' <-> 'c' ) <-> 'd'",
            "'a' & ( 'b' & 'c' )",
        ],
        &wrong,
    );
    read::<Tsvector>(
        &["", "'a'", "'cat':2A,4 'fat':3", "'it''s' 'back\\\\slash'"],
        &["a", "'a", "'a':", "'a':x", "'a''", "'a':1 ,2", "'a'b"],
    );
}
