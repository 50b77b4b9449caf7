//! Rules that several domains share.

use serde::{Deserialize, Deserializer};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// What JSON Schema calls "no NUL". PostgreSQL's text types hold every character but that one (SQLSTATE 22021).
pub(crate) const NO_NUL: &str = r"^[^\u0000]*$";

/// Refuses NUL; [`NO_NUL`] says the same in JSON Schema.
pub(crate) fn no_nul<T: AsRef<str>>(value: &T, _context: &()) -> garde::Result {
    if value.as_ref().contains('\0') {
        return Err(garde::Error::new("holds a NUL character"));
    }
    Ok(())
}

/// What garde's rule `email` accepts. That one asks two regular expressions, which cost more than all else that is checked
/// of a user; nearly all addresses are plain and need none.
pub(crate) fn address<T: AsRef<str>>(value: &T, _context: &()) -> garde::Result {
    match is_plain_address(value.as_ref()) {
        true => Ok(()),
        false => garde::rules::email::apply(&value.as_ref(), ()),
    }
}

/// An address with a domain by name.
fn is_plain_address(text: &str) -> bool {
    let Some((user, domain)) = text.split_once('@') else {
        return false;
    };
    let of_user =
        |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    let is_label = |label: &[u8]| {
        let of_label = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        let is_end = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        label.len() <= 63
            && is_end(label.first())
            && is_end(label.last())
            && label.iter().all(of_label)
    };
    (1..=64).contains(&user.len())
        && user.bytes().all(of_user)
        && domain.len() <= 255
        && domain.as_bytes().split(|byte| *byte == b'.').all(is_label)
}

/// Reads a member that is there, so that an explicit `null` is refused with the member's name instead of being taken
/// for an absent member.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a UUID as RFC 9562 writes it, which is what JSON Schema's format `uuid` means. [`Uuid`] itself would also take
/// braces, a URN, and 32 digits without hyphens.
pub(crate) fn hyphenated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    Hyphenated::deserialize(deserializer).map(Uuid::from)
}

#[cfg(test)]
mod tests {
    use garde::rules::email::parse_email;
    use proptest::prelude::*;

    use super::*;

    fn agree(text: &str) {
        let accepted = address(&text, &()).is_ok();
        assert_eq!(accepted, parse_email(text).is_ok(), "{text:?}");
        assert!(accepted || !is_plain_address(text), "{text:?}");
    }

    #[test]
    fn addresses_at_the_edges_are_judged_as_garde_judges_them() {
        let long = |length| "a".repeat(length);
        let mut plain = 0;
        for text in [
            "ada@example.com".to_owned(),
            "A.b!#$%&'*+/=?^_`{|}~-9@x".to_owned(),
            format!("{}@{}.{}", long(64), long(63), long(63)),
            format!("{}@x", long(65)),
            format!("a@{}", long(64)),
            format!("a@{}", vec![long(63); 4].join(".")),
            format!("a@{}.b", vec![long(63); 4].join(".")),
            "a@b@c".to_owned(),
            "a@-b".to_owned(),
            "a@b-".to_owned(),
            "a@b--c".to_owned(),
            "a@b..c".to_owned(),
            "a@.b".to_owned(),
            "a@b.".to_owned(),
            "a@b\n".to_owned(),
            "a@".to_owned(),
            "@b".to_owned(),
            "a@[127.0.0.1]".to_owned(),
            "a@[::1]".to_owned(),
            "a@[x]".to_owned(),
            "ü@b".to_owned(),
            "a@ü".to_owned(),
            "a b@c".to_owned(),
            String::new(),
        ] {
            agree(&text);
            plain += usize::from(is_plain_address(&text));
        }
        assert_eq!(plain, 5);
    }

    proptest! {
        #[test]
        fn any_address_is_judged_as_garde_judges_it(text in "[a-c.@\\-\\[\\]1:_ü ]{0,12}@?[a-c.\\-1\\[\\]:]{0,12}") {
            agree(&text);
        }
    }
}
