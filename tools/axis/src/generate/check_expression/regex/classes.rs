//! Classes of characters, and their cases.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

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
    pub(crate) lower: super::super::locale::Exceptions,
    /// Where `upper` is not Rust's.
    pub(crate) upper: super::super::locale::Exceptions,
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
    pub(super) fn class(&self, class: Class) -> Result<Ranges, String> {
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

    pub(super) fn cases(&self, character: u32) -> Result<Vec<u32>, String> {
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

pub(super) fn class_escape(character: char) -> Option<(&'static str, bool)> {
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
pub(super) fn merged(mut ranges: Ranges) -> Ranges {
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

pub(super) fn complement(ranges: &Ranges) -> Ranges {
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
