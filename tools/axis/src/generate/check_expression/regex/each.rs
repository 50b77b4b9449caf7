//! Patterns that ask no more than that each character of a text is of one class, which needs no engine.

use regex_syntax::hir::{Hir, HirKind, Look, Repetition};

use super::Pattern;

/// A longer test of a character is read more easily as a pattern.
const LONGEST: usize = 80;

/// What is asked of a text, in Rust.
pub(crate) struct Conditions {
    /// How many characters it has.
    pub(crate) of_length: Option<String>,
    /// What each of them is.
    pub(crate) of_each: Option<String>,
}

/// `^[a-z0-9-]+$`: how many characters, each of which class.
struct Each {
    /// The ranges of the class, or of what is not in it.
    ranges: Vec<(char, char)>,
    is_negated: bool,
    least: u32,
    most: Option<u32>,
}

impl Pattern {
    /// The conditions on a variable, where each character alone decides, and the number of them.
    pub(crate) fn each_character(&self, variable: &str) -> Option<Conditions> {
        let each = Each::of(&self.rust)?;
        let of_each = each.class(variable);
        if of_each.as_ref().is_some_and(|test| test.len() > LONGEST) {
            return None;
        }
        Some(Conditions {
            of_length: each.length(variable),
            of_each,
        })
    }
}

impl Each {
    /// Reads what `regex` makes of the pattern, not its text.
    fn of(pattern: &str) -> Option<Self> {
        let whole = regex_syntax::parse(pattern).ok()?;
        let HirKind::Concat(parts) = whole.kind() else {
            return None;
        };
        let [start, repeated, end] = parts.as_slice() else {
            return None;
        };
        let is_whole = matches!(start.kind(), HirKind::Look(Look::Start))
            && matches!(end.kind(), HirKind::Look(Look::End));
        let (character, least, most) = match repeated.kind() {
            HirKind::Repetition(Repetition { min, max, sub, .. }) => (sub.as_ref(), *min, *max),
            _ => (repeated, 1, Some(1)),
        };
        let (ranges, is_negated) = class(character)?;
        is_whole.then_some(Self {
            ranges,
            is_negated,
            least,
            most,
        })
    }

    /// Whether bytes say the same as characters.
    fn is_ascii(&self) -> bool {
        !self.is_negated && self.ranges.iter().all(|(_, to)| to.is_ascii())
    }

    fn class(&self, variable: &str) -> Option<String> {
        let (prefix, letters, letter) = match self.is_ascii() {
            true => ("b", "bytes", "byte"),
            false => ("", "chars", "character"),
        };
        let members: Vec<String> = self
            .ranges
            .iter()
            .map(|(from, to)| match from == to {
                true => format!("{prefix}{}", literal(*from)),
                false => format!("{prefix}{}..={prefix}{}", literal(*from), literal(*to)),
            })
            .collect();
        let test = match (self.ranges.as_slice(), self.is_negated) {
            // Any character at all.
            ([], _) => return None,
            ([(from, to)], true) if from == to => format!("{letter} != {}", members.concat()),
            ([(from, to)], false) if from == to => format!("{letter} == {}", members.concat()),
            (_, true) => format!("!matches!({letter}, {})", members.join(" | ")),
            (_, false) => format!("matches!({letter}, {})", members.join(" | ")),
        };
        Some(format!("{variable}.{letters}().all(|{letter}| {test})"))
    }

    fn length(&self, variable: &str) -> Option<String> {
        let length = match self.is_ascii() {
            true => format!("{variable}.len()"),
            false => format!("{variable}.chars().count()"),
        };
        Some(match (self.least, self.most) {
            (0, None) => return None,
            (1, None) => format!("!{variable}.is_empty()"),
            (least, None) => format!("{length} >= {least}"),
            (0, Some(most)) => format!("{length} <= {most}"),
            (least, Some(most)) if least == most => format!("{length} == {least}"),
            (least, Some(most)) => format!("({least}..={most}).contains(&{length})"),
        })
    }
}

/// The ranges of a class, or of what it leaves out.
fn class(character: &Hir) -> Option<(Vec<(char, char)>, bool)> {
    let mut class = match character.kind() {
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => class.clone(),
        _ => return None,
    };
    let is_negated = class.ranges().last()?.end() == char::MAX;
    if is_negated {
        class.negate();
    }
    let ranges = class.ranges().iter();
    let ranges = ranges.map(|range| (range.start(), range.end()));
    Some((ranges.collect(), is_negated))
}

/// As Rust writes it.
fn literal(character: char) -> String {
    match character.is_ascii_control() {
        true => format!("'\\x{:02x}'", u32::from(character)),
        false => format!("{character:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(rust: &str) -> Option<String> {
        let pattern = Pattern {
            rust: rust.to_owned(),
            looks_around: false,
            folds: false,
            source: rust.to_owned(),
        };
        let found = pattern.each_character("slug")?;
        let both: Vec<String> = found.of_length.into_iter().chain(found.of_each).collect();
        Some(both.join(" && "))
    }

    #[test]
    fn one_class_from_end_to_end_needs_no_engine() {
        for (pattern, expected) in [
            (
                r"^[\-0-9a-z]+$",
                "!slug.is_empty() && slug.bytes().all(|byte| matches!(byte, b'-' | b'0'..=b'9' | b'a'..=b'z'))",
            ),
            (
                "^[0-9]{2}$",
                "slug.len() == 2 && slug.bytes().all(|byte| matches!(byte, b'0'..=b'9'))",
            ),
            (
                "^[a-f]{2,}$",
                "slug.len() >= 2 && slug.bytes().all(|byte| matches!(byte, b'a'..=b'f'))",
            ),
            (
                "^[a-f]{2,4}$",
                "(2..=4).contains(&slug.len()) && slug.bytes().all(|byte| matches!(byte, b'a'..=b'f'))",
            ),
            (
                r"^[\x{9}-\x{D} ]*$",
                r"slug.bytes().all(|byte| matches!(byte, b'\x09'..=b'\x0d' | b' '))",
            ),
            (
                r"^['\\]$",
                r"slug.len() == 1 && slug.bytes().all(|byte| matches!(byte, b'\'' | b'\\'))",
            ),
            (
                "^[^/]+$",
                "!slug.is_empty() && slug.chars().all(|character| character != '/')",
            ),
            (
                "^[aé]?$",
                "slug.chars().count() <= 1 && slug.chars().all(|character| matches!(character, 'a' | 'é'))",
            ),
            (
                "^[^/a-f]{3}$",
                "slug.chars().count() == 3 && slug.chars().all(|character| !matches!(character, '/' | 'a'..='f'))",
            ),
            (
                "^(?s:.){1,100}$",
                "(1..=100).contains(&slug.chars().count())",
            ),
        ] {
            assert_eq!(condition(pattern).as_deref(), Some(expected), "{pattern}");
        }
    }

    #[test]
    fn other_patterns_keep_their_engine() {
        for pattern in [
            "[a-z]+",
            "^[a-z]+",
            "[a-z]+$",
            "(?m:^[a-z]+$)",
            "^[a-z][0-9]$",
            "^(?:[a-z]|bc)*$",
            "^a+$",
            "^$",
            "^(?:[a-z]{2})+$",
            "^[acegikmoqsuwy]+$",
            r"^[^\x00-\x{10FFFF}]+$",
        ] {
            assert_eq!(condition(pattern), None, "{pattern}");
        }
    }

    /// Texts that each pattern accepts and refuses, of all that a few characters make.
    #[test]
    fn the_class_that_is_read_is_the_engines() {
        let characters = [
            '\0',
            '\n',
            '-',
            '/',
            '0',
            '9',
            ':',
            'A',
            'a',
            'f',
            'g',
            'z',
            '{',
            'é',
            '\u{10FFFF}',
        ];
        let mut looked_at = 0;
        for pattern in [
            "^[0-9a-f]+$",
            "^[^/]+$",
            r"^[^\n:]{2}$",
            "^[-é]?$",
            "^[a-z]{0,2}$",
            "^(?s:.){1,2}$",
        ] {
            let each = Each::of(pattern).unwrap();
            let engine = ::regex::Regex::new(pattern).unwrap();
            let is_of_class = |found: char| {
                let is_in = each
                    .ranges
                    .iter()
                    .any(|(from, to)| (*from..=*to).contains(&found));
                is_in != each.is_negated
            };
            let most = usize::try_from(each.most.unwrap_or(u32::MAX)).unwrap();
            let least = usize::try_from(each.least).unwrap();
            let mut texts = vec![String::new()];
            for length in 0..3 {
                for text in texts
                    .clone()
                    .iter()
                    .filter(|text| text.chars().count() == length)
                {
                    texts.extend(characters.map(|next| format!("{text}{next}")));
                }
            }
            for text in &texts {
                let length = if each.is_ascii() {
                    text.len()
                } else {
                    text.chars().count()
                };
                let accepted = (least..=most).contains(&length) && text.chars().all(is_of_class);
                assert_eq!(accepted, engine.is_match(text), "{pattern} {text:?}");
                looked_at += 1;
            }
        }
        assert!(looked_at >= 6 * 3_000, "{looked_at}");
    }
}
