//! PostgreSQL's advanced regular expressions, as Rust's `regex` writes them.
//!
//! Only whether there is a match counts, so greed does not matter. What depends on the locale (classes, case) is asked of
//! the server and written out; what `regex` has not (lookaround, backreferences) is refused with its reason.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// A pattern in Rust's syntax.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pattern {
    /// The text for `regex::Regex::new`, or for `fancy_regex::Regex::new`.
    pub(crate) rust: String,
    /// Whether it looks around, which `regex` does not.
    pub(crate) looks_around: bool,
    /// The characters that it names, to draw values from.
    pub(crate) source: String,
}

/// A class of characters that depends on the locale, as PostgreSQL writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Class(pub(crate) &'static str);

/// Ranges of code points, in order and apart.
pub(crate) type Ranges = Vec<(u32, u32)>;

/// What is known of the locale that a pattern is for.
#[derive(Debug, Default)]
pub(crate) struct Locale {
    /// Classes, as the server answered.
    pub(crate) classes: BTreeMap<Class, Ranges>,
    /// Other cases of a character, as the server answered. `None`: not asked.
    pub(crate) cases: Option<BTreeMap<u32, Vec<u32>>>,
    /// Whether case is that of single characters, whatever stands beside them.
    pub(crate) is_simple: bool,
    /// Where `lower` is not Rust's.
    pub(crate) lower: super::locale::Exceptions,
    /// Where `upper` is not Rust's.
    pub(crate) upper: super::locale::Exceptions,
    /// What was missing.
    pub(crate) missing: RefCell<BTreeSet<Class>>,
}

/// The class that stands for the cases of letters.
pub(crate) const CASES: Class = Class("case");

const SURROGATES: (u32, u32) = (0xD800, 0xDFFF);
const LAST: u32 = 0x10_FFFF;

/// Which characters are of a class, and which are others' cases.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Characters<'a> {
    /// Only ASCII has classes and case: the collation C.
    Ascii,
    /// As the server said.
    Locale(&'a Locale),
    /// Nobody said which locale the rule is for.
    Unknown,
}

impl Characters<'_> {
    fn class(&self, class: Class) -> Result<Ranges, String> {
        match self {
            Self::Ascii => Ok(ascii(class.0)),
            Self::Unknown => Err(UNKNOWN_LOCALE.to_owned()),
            Self::Locale(locale) => match locale.classes.get(&class) {
                Some(ranges) => Ok(ranges.clone()),
                None => {
                    locale.missing.borrow_mut().insert(class);
                    Ok(Vec::new())
                }
            },
        }
    }

    fn cases(&self, character: u32) -> Result<Vec<u32>, String> {
        let Some(character) = char::from_u32(character) else {
            return Ok(Vec::new());
        };
        match self {
            Self::Ascii => Ok(vec![
                character.to_ascii_lowercase().into(),
                character.to_ascii_uppercase().into(),
            ]),
            Self::Unknown => Err(UNKNOWN_LOCALE.to_owned()),
            Self::Locale(locale) => match &locale.cases {
                Some(cases) => Ok(cases.get(&character.into()).cloned().unwrap_or_default()),
                None => {
                    locale.missing.borrow_mut().insert(CASES);
                    Ok(Vec::new())
                }
            },
        }
    }
}

/// Why a rule that depends on the locale is not derived.
pub(crate) const UNKNOWN_LOCALE: &str =
    "it depends on the locale of the database: name it in axis.toml, [target] locale";

fn ascii(class: &str) -> Ranges {
    let range = |from: char, to: char| (u32::from(from), u32::from(to));
    let (digit, upper, lower) = (range('0', '9'), range('A', 'Z'), range('a', 'z'));
    match class {
        "digit" => vec![digit],
        "upper" => vec![upper],
        "lower" => vec![lower],
        "alpha" => vec![upper, lower],
        "alnum" => vec![digit, upper, lower],
        "word" => vec![digit, upper, (0x5F, 0x5F), lower],
        "space" => vec![(9, 13), (32, 32)],
        "punct" => vec![(33, 47), (58, 64), (91, 96), (123, 126)],
        "graph" => vec![(33, 126)],
        "print" => vec![(32, 126)],
        _ => vec![(0, 31), (127, 127)],
    }
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
    })
}

fn invalid() -> String {
    "PostgreSQL refuses its regular expression, or reads it in a way that axis does not".to_owned()
}

struct Parser<'a> {
    rest: Vec<char>,
    at: usize,
    folds: bool,
    characters: Characters<'a>,
    rust: String,
    looks_around: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += 1;
        Some(character)
    }

    fn takes(&mut self, text: &str) -> bool {
        let matches = text
            .chars()
            .enumerate()
            .all(|(index, character)| self.rest.get(self.at + index) == Some(&character));
        if matches {
            self.at += text.chars().count();
        }
        matches
    }

    /// `(?i)` and its like, which stand at the start.
    fn options(&mut self) -> Result<(), String> {
        let is_options = self.rest.get(self.at..self.at + 3).is_some_and(|start| {
            start[0] == '(' && start[1] == '?' && start[2].is_ascii_alphabetic()
        });
        if !is_options {
            return Ok(());
        }
        self.at += 2;
        while let Some(option) = self.next() {
            match option {
                ')' => return Ok(()),
                'i' => self.folds = true,
                'c' => self.folds = false,
                's' | 't' => {}
                _ => {
                    return Err(
                        "its regular expression has options that axis does not know".to_owned()
                    );
                }
            }
        }
        Err(invalid())
    }

    fn alternatives(&mut self) -> Result<(), String> {
        loop {
            self.branch()?;
            match self.peek() {
                Some('|') => {
                    self.at += 1;
                    self.rust.push('|');
                }
                _ => return Ok(()),
            }
        }
    }

    fn branch(&mut self) -> Result<(), String> {
        while let Some(character) = self.peek() {
            if matches!(character, '|' | ')') {
                return Ok(());
            }
            self.at += 1;
            let start = self.rust.len();
            let is_constraint = self.atom(character)?;
            if self.quantifier(start)? && is_constraint {
                return Err(invalid());
            }
        }
        Ok(())
    }

    /// Translates one atom or constraint. Gives whether it was a constraint, which cannot be repeated.
    fn atom(&mut self, character: char) -> Result<bool, String> {
        match character {
            '(' => return self.group(),
            '^' => {
                self.rust.push('^');
                return Ok(true);
            }
            '$' => {
                self.rust.push('$');
                return Ok(true);
            }
            '.' => self.rust.push_str("(?s:.)"),
            '[' => self.bracket()?,
            '\\' => return self.escape(),
            '*' | '+' | '?' => return Err(invalid()),
            '{' if self.peek().is_some_and(|next| next.is_ascii_digit()) => return Err(invalid()),
            character => self.literal(character)?,
        }
        Ok(false)
    }

    fn group(&mut self) -> Result<bool, String> {
        let mut is_constraint = false;
        let opening = if self.takes("?:") {
            "(?:"
        } else if self.takes("?=") {
            is_constraint = true;
            "(?="
        } else if self.takes("?!") {
            is_constraint = true;
            "(?!"
        } else if self.takes("?<=") {
            is_constraint = true;
            "(?<="
        } else if self.takes("?<!") {
            is_constraint = true;
            "(?<!"
        } else if self.peek() == Some('?') {
            return Err(invalid());
        } else {
            "(?:"
        };
        if opening.starts_with("(?<") {
            return Err("its regular expression looks behind".to_owned());
        }
        self.looks_around |= is_constraint;
        self.rust.push_str(opening);
        self.alternatives()?;
        if self.next() != Some(')') {
            return Err(invalid());
        }
        self.rust.push(')');
        Ok(is_constraint)
    }

    /// Translates what repeats the atom that begins there. Gives whether there was anything.
    fn quantifier(&mut self, start: usize) -> Result<bool, String> {
        let text = match self.peek() {
            Some(character @ ('*' | '+' | '?')) => {
                self.at += 1;
                character.to_string()
            }
            Some('{') if self.rest.get(self.at + 1).is_some_and(char::is_ascii_digit) => {
                self.at += 1;
                let mut bounds = String::new();
                loop {
                    match self.next() {
                        Some('}') => break,
                        Some(character) if character.is_ascii_digit() || character == ',' => {
                            bounds.push(character);
                        }
                        _ => return Err(invalid()),
                    }
                }
                let numbers: Vec<&str> = bounds.split(',').collect();
                let is_bound = |text: &str| text.parse::<u32>().is_ok_and(|bound| bound <= 255);
                match numbers.as_slice() {
                    [only] if is_bound(only) => {}
                    [from, ""] if is_bound(from) => {}
                    [from, to] if is_bound(from) && is_bound(to) => {}
                    _ => return Err(invalid()),
                }
                format!("{{{bounds}}}")
            }
            _ => return Ok(false),
        };
        // A lazy one matches the same texts.
        if self.peek() == Some('?') {
            self.at += 1;
        }
        // What is repeated again has no form that both read alike.
        if matches!(self.peek(), Some('*' | '+' | '?')) {
            return Err(invalid());
        }
        if self.rust.len() == start {
            return Err(invalid());
        }
        self.rust.push_str(&text);
        Ok(true)
    }

    fn literal(&mut self, character: char) -> Result<(), String> {
        let ranges = self.folded(vec![(character.into(), character.into())])?;
        self.push_ranges(&ranges, false);
        Ok(())
    }

    fn escape(&mut self) -> Result<bool, String> {
        let character = self.next().ok_or_else(invalid)?;
        if let Some((class, is_negated)) = class_escape(character) {
            let ranges = self.characters.class(Class(class))?;
            self.push_ranges(&ranges, is_negated);
            return Ok(false);
        }
        match character {
            'A' => self.rust.push_str(r"\A"),
            'Z' => self.rust.push_str(r"\z"),
            'm' | 'M' | 'y' | 'Y' => {
                return Err(
                    "its regular expression looks for the start or end of a word".to_owned(),
                );
            }
            '1'..='9' => return Err("its regular expression refers back to a group".to_owned()),
            character => {
                let character = self.escaped(character)?;
                self.literal(character)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The character of an escape that stands for one, within brackets and without.
    fn escaped(&mut self, character: char) -> Result<char, String> {
        Ok(match character {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'B' => '\\',
            'e' => '\u{1b}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '0' => return Err(invalid()),
            'u' => self.hexadecimal(4)?,
            'U' => self.hexadecimal(8)?,
            other if other.is_alphanumeric() => return Err(invalid()),
            other => other,
        })
    }

    fn hexadecimal(&mut self, digits: usize) -> Result<char, String> {
        let mut number = 0;
        for _ in 0..digits {
            let digit = self
                .next()
                .and_then(|digit| digit.to_digit(16))
                .ok_or_else(invalid)?;
            number = number * 16 + digit;
        }
        char::from_u32(number).ok_or_else(invalid)
    }

    fn bracket(&mut self) -> Result<(), String> {
        let is_negated = self.peek() == Some('^');
        self.at += usize::from(is_negated);
        let mut ranges = Vec::new();
        let mut is_first = true;
        loop {
            let character = self.next().ok_or_else(invalid)?;
            if character == ']' && !is_first {
                break;
            }
            is_first = false;
            let from = match character {
                '[' if matches!(self.peek(), Some(':')) => {
                    ranges.extend(self.named_class()?);
                    continue;
                }
                '[' if matches!(self.peek(), Some('.' | '=')) => return Err(invalid()),
                '\\' => {
                    let escaped = self.next().ok_or_else(invalid)?;
                    if let Some((class, is_negated)) = class_escape(escaped) {
                        let found = self.characters.class(Class(class))?;
                        ranges.extend(if is_negated {
                            complement(&found)
                        } else {
                            found
                        });
                        continue;
                    }
                    self.escaped(escaped)?
                }
                other => other,
            };
            let is_range = self.peek() == Some('-')
                && self.rest.get(self.at + 1).is_some_and(|next| *next != ']');
            if !is_range {
                ranges.push((from.into(), from.into()));
                continue;
            }
            self.at += 1;
            let to = match self.next().ok_or_else(invalid)? {
                '[' if matches!(self.peek(), Some(':' | '.' | '=')) => return Err(invalid()),
                '\\' => {
                    let escaped = self.next().ok_or_else(invalid)?;
                    if class_escape(escaped).is_some() {
                        return Err(invalid());
                    }
                    self.escaped(escaped)?
                }
                other => other,
            };
            if to < from {
                return Err(invalid());
            }
            ranges.push((from.into(), to.into()));
        }
        let ranges = self.folded(ranges)?;
        self.push_ranges(&ranges, is_negated);
        Ok(())
    }

    /// `[:alpha:]` within brackets.
    fn named_class(&mut self) -> Result<Ranges, String> {
        const NAMES: [&str; 12] = [
            "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
            "space", "upper", "xdigit",
        ];
        self.at += 1;
        let mut name = String::new();
        while let Some(character) = self.next() {
            if character == ':' {
                break;
            }
            name.push(character);
        }
        if self.next() != Some(']') {
            return Err(invalid());
        }
        // Case-insensitive, both become alpha.
        let name = match name.as_str() {
            "upper" | "lower" if self.folds => "alpha",
            name => name,
        };
        match NAMES.into_iter().find(|known| *known == name) {
            Some("blank") => Ok(vec![(9, 9), (32, 32)]),
            Some("xdigit") => Ok(vec![(48, 57), (65, 70), (97, 102)]),
            Some(name) => self.characters.class(Class(name)),
            None => Err(invalid()),
        }
    }

    /// The ranges with the other cases of their letters.
    fn folded(&self, mut ranges: Ranges) -> Result<Ranges, String> {
        if self.folds {
            for (from, to) in ranges.clone() {
                // Beyond this, PostgreSQL's cost and ours are not worth a pattern that nobody writes.
                if to - from > 0x3000 {
                    return Err(
                        "its regular expression has a wide range without regard to case".to_owned(),
                    );
                }
                for character in from..=to {
                    let has_no_case = character < 128
                        && !char::from_u32(character)
                            .is_some_and(|found| found.is_ascii_alphabetic());
                    if !has_no_case {
                        let cases = self.characters.cases(character)?;
                        ranges.extend(cases.into_iter().map(|other| (other, other)));
                    }
                }
            }
        }
        Ok(merged(ranges))
    }

    fn push_ranges(&mut self, ranges: &Ranges, is_negated: bool) {
        if let ([(from, to)], false) = (ranges.as_slice(), is_negated)
            && from == to
            && let Some(character) = char::from_u32(*from)
        {
            push_character(&mut self.rust, character, false);
            return;
        }
        if ranges.is_empty() {
            // Nothing, or everything.
            self.rust.push_str(if is_negated {
                "(?s:.)"
            } else {
                r"[^\x00-\x{10FFFF}]"
            });
            return;
        }
        self.rust.push_str(if is_negated { "[^" } else { "[" });
        for (from, to) in ranges {
            let (Some(from), Some(to)) = (char::from_u32(*from), char::from_u32(*to)) else {
                continue;
            };
            push_character(&mut self.rust, from, true);
            if to != from {
                if u32::from(to) > u32::from(from) + 1 {
                    self.rust.push('-');
                }
                push_character(&mut self.rust, to, true);
            }
        }
        self.rust.push(']');
    }
}

fn class_escape(character: char) -> Option<(&'static str, bool)> {
    Some(match character {
        'd' => ("digit", false),
        'w' => ("word", false),
        's' => ("space", false),
        'D' => ("digit", true),
        'W' => ("word", true),
        'S' => ("space", true),
        _ => return None,
    })
}

/// In order, apart, and without the numbers that are no characters.
pub(crate) fn merged(mut ranges: Ranges) -> Ranges {
    ranges.sort_unstable();
    let mut merged: Ranges = Vec::new();
    for (from, to) in ranges {
        match merged.last_mut() {
            Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
        .into_iter()
        .flat_map(|(from, to)| {
            let below = (from, to.min(SURROGATES.0 - 1));
            let above = (from.max(SURROGATES.1 + 1), to);
            if to < SURROGATES.0 || from > SURROGATES.1 {
                [Some((from, to)), None]
            } else {
                [
                    Some(below).filter(|found| found.0 <= found.1),
                    Some(above).filter(|found| found.0 <= found.1),
                ]
            }
        })
        .flatten()
        .collect()
}

fn complement(ranges: &Ranges) -> Ranges {
    let mut others = Vec::new();
    let mut next = 0;
    for (from, to) in merged(ranges.clone()) {
        if from > next {
            others.push((next, from - 1));
        }
        next = to + 1;
    }
    if next <= LAST {
        others.push((next, LAST));
    }
    merged(others)
}

fn push_character(rust: &mut String, character: char, in_class: bool) {
    let is_meta = match in_class {
        true => matches!(character, '[' | ']' | '\\' | '^' | '-' | '&' | '~'),
        false => {
            ::regex::escape(character.encode_utf8(&mut [0; 4])).starts_with('\\')
                && character != '-'
        }
    };
    if character.is_control() || (!character.is_ascii() && !character.is_alphanumeric()) {
        rust.push_str(&format!("\\x{{{:X}}}", u32::from(character)));
    } else {
        if is_meta {
            rust.push('\\');
        }
        rust.push(character);
    }
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
            (r"\A#\u00e9\Z", r"\A\#é\z"),
        ] {
            assert_eq!(rust(pattern).as_deref(), Ok(expected), "{pattern}");
        }
    }

    #[test]
    fn what_rust_cannot_say_is_refused() {
        for pattern in [
            "(a)\\1", "a**", "[[:<:]]a", "\\ya", "(?<=a)b", "[b-a]", "(", "a{2", "***a", "(?x)a b",
            "\\q",
        ] {
            assert!(rust(pattern).is_err(), "{pattern}");
        }
        assert!(translate(r"\w", false, Characters::Unknown).is_err());
        assert!(translate("a", true, Characters::Unknown).is_err());
        assert!(translate("1", true, Characters::Unknown).is_ok());
    }
}
