//! Queries of lists, cursors and pagination.

use axis_schema::lists::{Cursor, List, ListQuery, MAX_PAGE, Pagination, Position, Start};
use chrono::{DateTime, Utc};
use garde::Validate;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

fn query(value: Value) -> Option<ListQuery> {
    let query: ListQuery = serde_json::from_value(value).ok()?;
    query.validate().ok()?;
    Some(query)
}

#[test]
fn a_page_is_a_whole_number_within_its_limits() {
    for (name, most) in [("page", MAX_PAGE), ("pageSize", 100)] {
        for accepted in ["1", &most.to_string(), "007"] {
            assert!(
                query(json!({ name: accepted })).is_some(),
                "{name}={accepted}"
            );
        }
        let beyond = (u64::from(most) + 1).to_string();
        for refused in [
            "0",
            &beyond,
            "",
            " 1",
            "+1",
            "-1",
            "1.0",
            "1e1",
            "0x1",
            "\u{661}",
            "4294967296",
            "99999999999999999999",
        ] {
            assert!(
                query(json!({ name: refused })).is_none(),
                "{name}={refused}"
            );
        }
    }
    assert_eq!(MAX_PAGE, 2_147_483_647);
}

#[test]
fn left_out_means_the_first_ten() {
    let query = query(json!({})).expect("an empty query");
    assert_eq!(query.limit(), 10);
    assert_eq!(query.start(List::Users), Ok(Start::Page(1)));
}

#[test]
fn a_page_and_a_cursor_exclude_each_other() {
    assert!(query(json!({"page": "1", "cursor": ""})).is_none());
    assert!(query(json!({"pageSize": "5", "cursor": ""})).is_some());
}

#[test]
fn an_empty_cursor_starts_a_walk() {
    let query = query(json!({"cursor": ""})).expect("a query");
    assert_eq!(query.start(List::PublishedPosts), Ok(Start::After(None)));
}

#[test]
fn a_cursor_serves_the_list_that_it_was_made_for() {
    let position = Position {
        list: List::Users,
        at: DateTime::UNIX_EPOCH,
        id: Uuid::nil(),
    };
    let query = query(json!({"cursor": String::from(Cursor::After(position))})).expect("a query");
    assert_eq!(query.start(List::Users), Ok(Start::After(Some(position))));
    assert!(query.start(List::PostsOfUser).is_err());
    assert!(query.start(List::PublishedPosts).is_err());
}

#[test]
fn a_malformed_cursor_is_refused() {
    let valid = String::from(Cursor::After(Position {
        list: List::Users,
        at: DateTime::UNIX_EPOCH,
        id: Uuid::nil(),
    }));
    assert!(query(json!({ "cursor": valid })).is_some());
    let mut malformed = vec![
        "x".to_owned(),
        "null".to_owned(),
        "=".repeat(34),
        "a".repeat(100_000),
        format!("{valid}="),
        format!(" {valid}"),
        valid.replace('A', "+"),
    ];
    malformed.extend((1..valid.len()).map(|length| valid[..length].to_owned()));
    // Beyond both ends of what chrono and timestamptz hold, and a list that does not exist.
    for (tag, micros) in [
        (b'u', i64::MAX),
        (b'u', i64::MIN),
        (b'u', -210_866_803_200_000_001),
        (b'?', 0),
    ] {
        use base64::Engine;
        let mut bytes = vec![tag];
        bytes.extend(micros.to_be_bytes());
        bytes.extend([0; 16]);
        malformed.push(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes));
    }
    assert!(malformed.len() > 40);
    for cursor in malformed {
        assert!(query(json!({ "cursor": cursor })).is_none(), "{cursor}");
    }
}

#[test]
fn pages_are_rounded_up() {
    for (total, pages) in [
        (0, 0),
        (1, 1),
        (10, 1),
        (11, 2),
        (u64::MAX, u64::MAX / 10 + 1),
    ] {
        assert_eq!(Pagination::new(1, 10, total).total_pages, pages, "{total}");
    }
}

fn position() -> impl Strategy<Value = Position> {
    let list = prop_oneof![
        Just(List::Users),
        Just(List::PostsOfUser),
        Just(List::PublishedPosts)
    ];
    // From 4714 BC to the end of what chrono holds, both ends included.
    let micros = prop_oneof![
        -210_866_803_200_000_000..=8_210_266_876_799_999_999_i64,
        Just(-210_866_803_200_000_000),
        Just(DateTime::<Utc>::MAX_UTC.timestamp_micros()),
    ];
    (list, micros, any::<u128>()).prop_map(|(list, micros, id)| Position {
        list,
        at: DateTime::from_timestamp_micros(micros).expect("a time that chrono holds"),
        id: Uuid::from_u128(id),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn a_cursor_survives_the_wire(position in position()) {
        let text = String::from(Cursor::After(position));
        prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        prop_assert_eq!(Cursor::try_from(text), Ok(Cursor::After(position)));
    }

    #[test]
    fn any_text_as_a_cursor_is_read_or_refused(text in ".{0,40}") {
        if let Ok(cursor) = Cursor::try_from(text.clone()) {
            prop_assert_eq!(String::from(cursor), text);
        }
    }
}
