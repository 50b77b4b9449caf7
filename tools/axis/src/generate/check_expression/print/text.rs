//! Texts and patterns.

use super::super::like::Part;
use super::code::{Binds, Code};

/// A raw literal.
pub(super) fn raw(text: &str) -> String {
    if text.chars().any(char::is_control) {
        return format!("{text:?}");
    }
    if !text.contains(['\\', '"']) {
        return format!("\"{text}\"");
    }
    let mut hashes = String::new();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}

/// The patterns that Rust has a method for.
pub(super) fn like(subject: &str, parts: &[Part]) -> Option<Code> {
    let text = match parts {
        [] => format!("{subject}.is_empty()"),
        [Part::Many] => "true".to_owned(),
        [Part::Text(only)] => {
            return Some(Code::new(format!("{subject} == {only:?}"), Binds::Compare));
        }
        [Part::Text(start), Part::Many] => format!("{subject}.starts_with({start:?})"),
        [Part::Many, Part::Text(end)] => format!("{subject}.ends_with({end:?})"),
        [Part::Many, Part::Text(middle), Part::Many] => format!("{subject}.contains({middle:?})"),
        _ => return None,
    };
    Some(Code::tight(text))
}

pub(super) fn like_text(part: &Part) -> String {
    match part {
        Part::One => "_".to_owned(),
        Part::Many => "%".to_owned(),
        Part::Text(text) => text
            .replace('\\', r"\\")
            .replace('%', r"\%")
            .replace('_', r"\_"),
    }
}
