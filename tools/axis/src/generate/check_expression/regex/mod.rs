//! PostgreSQL's advanced regular expressions, as Rust's `regex` writes them.
//!
//! Only whether there is a match counts, so greed does not matter. What depends on the locale (classes, case) is asked of
//! the server and written out; what `regex` has not (lookaround, backreferences) is refused with its reason.

mod classes;
mod each;
mod parse;
mod print;

pub(super) use classes::{CASES, Characters, Class, Locale, UNKNOWN_LOCALE};
use parse::Parser;

/// A pattern in Rust's syntax.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pattern {
    /// The text for `regex::Regex::new`, or for `fancy_regex::Regex::new`.
    pub(crate) rust: String,
    /// Whether it looks around, which `regex` does not.
    pub(crate) looks_around: bool,
    /// The pattern as SQL has it.
    pub(crate) source: String,
    /// Whether case does not count, as for `~*`.
    pub(crate) folds: bool,
}

/// Translates a pattern. `is_case_insensitive`: `~*`, and `~` of a citext.
pub(crate) fn translate(
    pattern: &str,
    is_case_insensitive: bool,
    characters: Characters<'_>,
) -> Result<Pattern, String> {
    let mut parser = Parser {
        rest: pattern.chars().collect(),
        at: 0,
        folds: is_case_insensitive,
        characters,
        rust: String::new(),
        looks_around: false,
        varied: 0,
    };
    if pattern.starts_with("***=") {
        parser.at = 4;
        while let Some(character) = parser.next() {
            parser.literal(character)?;
        }
    } else {
        if pattern.starts_with("***:") {
            parser.at = 4;
        } else if pattern.starts_with("***") {
            return Err(invalid());
        }
        parser.options()?;
        parser.alternatives()?;
        if parser.at < parser.rest.len() {
            return Err(invalid());
        }
    }
    let missing =
        matches!(characters, Characters::Locale(locale) if !locale.missing.borrow().is_empty());
    let rust = parser.rust;
    if !missing && !parser.looks_around {
        ::regex::Regex::new(&rust)
            .map_err(|_| "its regular expression is beyond what Rust's `regex` takes".to_owned())?;
    }
    Ok(Pattern {
        rust,
        looks_around: parser.looks_around,
        source: pattern.to_owned(),
        folds: is_case_insensitive,
    })
}

fn invalid() -> String {
    "PostgreSQL refuses its regular expression, or reads it in a way that axis does not".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rust(pattern: &str) -> Result<String, String> {
        translate(pattern, false, Characters::Ascii).map(|found| found.rust)
    }

    #[test]
    fn patterns_become_rusts() {
        for (pattern, expected) in [
            ("^[a-z0-9-]+$", "^[\\-0-9a-z]+$"),
            ("^https?://[^/]+", "^https?://[^/]+"),
            (r"a.b\.c", r"a(?s:.)b\.c"),
            ("(a|b)*?{", r"(?:a|b)*\{"),
            (r"^\d{3}\s$", r"^[0-9]{3}[\x{9}-\x{D} ]$"),
            ("[]a]", r"[\]a]"),
            (r"[\w]", "[0-9A-Z_a-z]"),
            ("***=a.b", r"a\.b"),
            ("(?i)ab", "[Aa][Bb]"),
            ("a{2,}", "a{2,}"),
            (r"[\x01-\x1F\x7f]", r"[\x{1}-\x{1F}\x{7F}]"),
            ("[[:<:]]a", "(?<![0-9A-Z_a-z])(?=[0-9A-Z_a-z])a"),
            (r"a\M", "a(?<=[0-9A-Z_a-z])(?![0-9A-Z_a-z])"),
            ("(?<=a)b", "(?<=a)b"),
            (r"\A#\u00e9\Z", r"\A\#é\z"),
        ] {
            assert_eq!(rust(pattern).as_deref(), Ok(expected), "{pattern}");
        }
    }

    #[test]
    fn what_rust_cannot_say_is_refused() {
        for pattern in [
            "(a)\\1",
            "a**",
            "(?<=a+)b",
            "(?<=a|bc)d",
            "[b-a]",
            "(",
            "a{2",
            "***a",
            "(?x)a b",
            "\\q",
        ] {
            assert!(rust(pattern).is_err(), "{pattern}");
        }
        assert!(translate(r"\w", false, Characters::Unknown).is_err());
        assert!(translate("a", true, Characters::Unknown).is_err());
        assert!(translate("1", true, Characters::Unknown).is_ok());
    }
}
