//! Requests near the limits of their rules. The tests of the repositories include this file too.

use axis_schema::posts::{CreatePost, UpdatePost};
use axis_schema::users::{CreateUser, UpdateUser};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

/// Users to create.
pub(crate) fn create_user() -> impl Strategy<Value = CreateUser> {
    (email(), text(1, 255)).prop_map(|(email, name)| CreateUser { email, name })
}

/// Changes of a user.
pub(crate) fn update_user() -> impl Strategy<Value = UpdateUser> {
    (option::of(email()), option::of(text(1, 255)))
        .prop_map(|(email, name)| UpdateUser { email, name })
}

/// Posts to create.
pub(crate) fn create_post() -> impl Strategy<Value = CreatePost> {
    (any::<u128>(), text(1, 255), text(10, 10), slug()).prop_map(
        |(user_id, title, content, slug)| CreatePost {
            user_id: Uuid::from_u128(user_id),
            title,
            content,
            slug,
        },
    )
}

/// Changes of a post.
pub(crate) fn update_post() -> impl Strategy<Value = UpdatePost> {
    (
        option::of(text(1, 255)),
        option::of(text(10, 10)),
        option::of(slug()),
    )
        .prop_map(|(title, content, slug)| UpdatePost {
            title,
            content,
            slug,
        })
}

/// What Unicode and PostgreSQL have that ASCII letters have not: combining marks, what grows or shrinks when its case
/// is changed, astral characters, noncharacters, direction marks, blanks of several kinds, LIKE's own characters.
const PECULIAR: &[char] = &[
    '\u{301}',
    '\u{345}',
    'ß',
    'ſ',
    'İ',
    'ǆ',
    '\u{1f600}',
    '\u{10ffff}',
    '\u{fffe}',
    '\u{fdd0}',
    '\u{202e}',
    '\u{feff}',
    '\u{200b}',
    '\u{a0}',
    '\u{3000}',
    '\u{85}',
    '\u{7f}',
    '\u{1}',
    ' ',
    '\t',
    '\n',
    '\r',
    '%',
    '_',
    '@',
    '\\',
    '\'',
    '"',
    '$',
    '\u{d7ff}',
    '\u{e000}',
];

/// A length within two of a limit, mostly.
fn length(min: usize, max: usize) -> impl Strategy<Value = usize> {
    prop_oneof![
        3 => min.saturating_sub(2)..=min + 2,
        3 => max.saturating_sub(2)..=max + 2,
        2 => min..=max,
        1 => 0..=max + 50,
    ]
}

/// Text of `min` to `max` characters or a few more or less. One in ten holds NUL.
fn text(min: usize, max: usize) -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => select(PECULIAR),
        2 => prop::char::range('a', 'z'),
        1 => any::<char>().prop_filter("NUL comes by itself", |character| *character != '\0'),
    ];
    let body = length(min, max).prop_flat_map(move |length| {
        prop_oneof![
            3 => prop::collection::vec(character.clone(), length)
                .prop_map(|characters| characters.into_iter().collect::<String>()),
            // Nothing but blanks, or blanks in excess at the end, which varchar cuts.
            1 => (select(&[' ', '\t', '\u{3000}'][..]), 0..=length).prop_map(move |(blank, from)| {
                "x".repeat(from) + &blank.to_string().repeat(length - from)
            }),
        ]
    });
    with_nul(body)
}

/// An address near the limits of its parts and of the whole, or nearly one.
fn email() -> impl Strategy<Value = String> {
    let atom = "[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]";
    let user = prop_oneof![
        3 => proptest::string::string_regex(&format!("{atom}{{1,3}}")).expect("a pattern"),
        2 => proptest::string::string_regex(&format!("{atom}{{62,65}}")).expect("a pattern"),
    ];
    let domain = prop_oneof![
        3 => proptest::string::string_regex("[a-z0-9]{1,3}").expect("a pattern"),
        2 => proptest::string::string_regex("([A-Za-z0-9]{1,3}\\.){1,3}[a-z]{2,3}").expect("a pattern"),
        3 => length(180, 255).prop_map(labels),
        1 => Just("[127.0.0.1]".to_owned()),
        1 => Just("[2001:db8::1]".to_owned()),
    ];
    let address = (user, domain).prop_map(|(user, domain)| format!("{user}@{domain}"));
    let stray = prop_oneof![
        9 => Just(None),
        1 => (select(PECULIAR), any::<prop::sample::Index>()).prop_map(Some),
    ];
    with_nul((address, stray).prop_map(|(address, stray)| match stray {
        None => address,
        Some((character, index)) => insert(address, character, index),
    }))
}

/// A name in DNS of `length` characters, in labels of at most 63.
fn labels(length: usize) -> String {
    let mut name = String::new();
    while name.len() < length {
        if !name.is_empty() {
            name.push('.');
        }
        let left = length.saturating_sub(name.len()).max(1);
        name.push_str(&"d".repeat(if left == 64 { 62 } else { left.min(63) }));
    }
    name
}

/// A slug near the limits of its length and alphabet.
fn slug() -> impl Strategy<Value = String> {
    let body = length(1, 255).prop_flat_map(|length| {
        proptest::string::string_regex(&format!("[a-z0-9-]{{{length}}}")).expect("a pattern")
    });
    let stray = prop_oneof![
        9 => Just(None),
        1 => (prop_oneof![select(PECULIAR), prop::char::range('A', 'Z')], any::<prop::sample::Index>())
            .prop_map(Some),
    ];
    with_nul((body, stray).prop_map(|(slug, stray)| match stray {
        None => slug,
        Some((character, index)) => insert(slug, character, index),
    }))
}

fn with_nul(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (text, 0..10, any::<prop::sample::Index>()).prop_map(|(text, nul, index)| match nul {
        0 => insert(text, '\0', index),
        _ => text,
    })
}

/// `text` with `character` somewhere in it, or at one of its ends.
fn insert(text: String, character: char, index: prop::sample::Index) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    characters.insert(index.index(characters.len() + 1), character);
    characters.into_iter().collect()
}
