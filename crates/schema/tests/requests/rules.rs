//! The business rules, one step on either side of each limit.

use axis_schema::posts::{CreatePost, UpdatePost};
use axis_schema::users::{CreateUser, UpdateUser};
use garde::Validate;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Whether a request deserialises and validates.
fn accepts<T: DeserializeOwned + Validate<Context = ()>>(request: &Value) -> bool {
    serde_json::from_value::<T>(request.clone()).is_ok_and(|request| request.validate().is_ok())
}

/// Asserts what each value of a member does to a request that is valid without it.
fn member<T: DeserializeOwned + Validate<Context = ()>>(
    valid: &Value,
    name: &str,
    values: &[(&str, bool)],
) {
    for (value, accepted) in values {
        let mut request = valid.clone();
        request[name] = json!(value);
        assert_eq!(accepts::<T>(&request), *accepted, "{name} = {value:?}");
    }
}

fn user() -> Value {
    json!({"email": "ada@example.org", "name": "Ada"})
}

fn post() -> Value {
    json!({
        "userId": "018f6e6e-0000-7000-8000-000000000001",
        "title": "On engines",
        "content": "Ten or more.",
        "slug": "on-engines",
    })
}

/// An address of `length` characters, whose labels stay within the 63 characters that DNS allows.
fn email(length: usize) -> String {
    let mut email = String::from("a@");
    while email.len() < length {
        let left = length - email.len();
        let label = match left {
            65 => 62,
            left => left.min(63),
        };
        email.push_str(&"d".repeat(label));
        if email.len() < length {
            email.push('.');
        }
    }
    email
}

#[test]
fn an_email_is_an_address_of_5_to_255_characters() {
    let (shortest, longest) = (email(5), email(255));
    assert_eq!((shortest.len(), longest.len()), (5, 255));
    let values = [
        (shortest.as_str(), true),
        (longest.as_str(), true),
        (&email(4), false),
        (&email(256), false),
        ("Ada.Lovelace+notes@Example.ORG", true),
        ("ada@[127.0.0.1]", true),
        ("", false),
        ("@example.org", false),
        ("ada@", false),
        ("ada.example.org", false),
        ("ada@@example.org", false),
        ("ada@exam ple.org", false),
        (" ada@example.org", false),
        ("ada@example.org\n", false),
        ("ada\0@example.org", false),
        ("ad\u{e1}@example.org", false),
        ("a\u{301}da@example.org", false),
    ];
    member::<CreateUser>(&user(), "email", &values);
    member::<UpdateUser>(&json!({}), "email", &values);
}

/// Values around limits of 1 and 255 characters for a text that may hold anything but NUL.
fn any_text() -> Vec<(String, bool)> {
    vec![
        (String::new(), false),
        ("x".into(), true),
        (" ".into(), true),
        ("\t\n".into(), true),
        ("x".repeat(255), true),
        ("x".repeat(256), false),
        // Characters count, neither bytes nor UTF-16 units nor graphemes: a combining mark is one of its own.
        ("\u{10ffff}".repeat(255), true),
        ("\u{10ffff}".repeat(256), false),
        ("e\u{301}".repeat(127), true),
        ("e\u{301}".repeat(128), false),
        // PostgreSQL would cut these spaces off; the business refuses what it could not give back.
        ("x".repeat(255) + " ", false),
        ("\0".into(), false),
        ("a\0b".into(), false),
    ]
}

#[test]
fn names_and_titles_have_1_to_255_characters() {
    let values = any_text();
    let values: Vec<_> = values
        .iter()
        .map(|(value, accepted)| (value.as_str(), *accepted))
        .collect();
    member::<CreateUser>(&user(), "name", &values);
    member::<UpdateUser>(&json!({}), "name", &values);
    member::<CreatePost>(&post(), "title", &values);
    member::<UpdatePost>(&json!({}), "title", &values);
}

#[test]
fn content_has_at_least_10_characters() {
    let long = "x".repeat(1_000_000);
    let values = [
        ("123456789", false),
        ("1234567890", true),
        ("          ", true),
        ("e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}", true),
        ("\u{1f600}\u{1f600}\u{1f600}", false),
        (&long, true),
        ("123456789\0", false),
    ];
    member::<CreatePost>(&post(), "content", &values);
    member::<UpdatePost>(&json!({}), "content", &values);
}

#[test]
fn a_slug_has_1_to_255_characters_of_its_alphabet() {
    let (longest, longer) = ("s".repeat(255), "s".repeat(256));
    let values = [
        ("", false),
        ("-", true),
        ("a-z-0-9", true),
        (longest.as_str(), true),
        (&longer, false),
        ("On-engines", false),
        ("on_engines", false),
        ("on engines", false),
        ("on-engines\n", false),
        ("\non-engines", false),
        ("\u{e9}", false),
        ("\u{661}", false),
        ("a\0", false),
    ];
    member::<CreatePost>(&post(), "slug", &values);
    member::<UpdatePost>(&json!({}), "slug", &values);
}

#[test]
fn an_author_is_a_uuid_with_hyphens() {
    member::<CreatePost>(
        &post(),
        "userId",
        &[
            ("00000000-0000-0000-0000-000000000000", true),
            ("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", true),
            ("018f6e6e-0000-7000-8000-00000000000", false),
            ("018f6e6e-0000-7000-8000-0000000000010", false),
            ("018f6e6e000070008000000000000001", false),
            ("{018f6e6e-0000-7000-8000-000000000001}", false),
            ("urn:uuid:018f6e6e-0000-7000-8000-000000000001", false),
            ("", false),
        ],
    );
}

#[test]
fn an_unknown_member_is_refused() {
    for (name, value) in [
        ("id", json!("018f6e6e-0000-7000-8000-000000000001")),
        ("createdAt", json!("2026-01-01T00:00:00Z")),
        ("e-mail", json!(null)),
    ] {
        for valid in [user(), json!({})] {
            let mut request = valid;
            request[name] = value.clone();
            let error = serde_json::from_value::<UpdateUser>(request).expect_err(name);
            assert!(error.to_string().contains(name), "{error}");
        }
    }
    let mut snake_case = post();
    snake_case["user_id"] = snake_case["userId"].take();
    assert!(!accepts::<CreatePost>(&snake_case));
}

#[test]
fn a_patch_tells_absent_from_null() {
    assert!(accepts::<UpdateUser>(&json!({})));
    assert!(accepts::<UpdatePost>(&json!({})));
    for name in ["email", "name"] {
        assert!(!accepts::<UpdateUser>(&json!({ name: null })), "{name}");
    }
    for name in ["title", "content", "slug"] {
        assert!(!accepts::<UpdatePost>(&json!({ name: null })), "{name}");
    }
}

#[test]
fn a_violation_names_the_member_and_the_limit() {
    let request: CreateUser =
        serde_json::from_value(json!({"email": "ada@example.org", "name": ""})).expect("a request");
    let report = request.validate().expect_err("an empty name");
    assert_eq!(report.to_string().trim(), "name: length is lower than 1");
}
