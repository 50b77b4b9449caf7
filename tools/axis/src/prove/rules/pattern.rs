//! Texts that a regular expression matches.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Texts at the limits of a pattern: each branch, the ends of each class, the least and the most repetitions.
pub(super) fn samples(pattern: &str) -> Vec<String> {
    let patterns = match regex_syntax::parse(pattern) {
        Ok(hir) => vec![hir],
        // What it looks at is no part of the match, and may be one before or after it.
        Err(_) => [true, false]
            .into_iter()
            .filter_map(|is_kept| regex_syntax::parse(&without_lookaround(pattern, is_kept)).ok())
            .collect(),
    };
    let mut samples: Vec<String> = patterns
        .iter()
        .flat_map(|hir| (0..12).map(|choice| sample(hir, choice)))
        .collect();
    samples.sort_unstable();
    samples.dedup();
    samples
}

/// The pattern without lookaround: what it asks to be there is kept as a group, or is not.
fn without_lookaround(pattern: &str, is_kept: bool) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let look = ["(?<=", "(?<!", "(?=", "(?!"]
            .into_iter()
            .find(|start| rest.starts_with(start));
        let length = match look {
            Some(start) => {
                let length = group(rest);
                if is_kept && start.ends_with('=') {
                    let inner = rest.get(start.len()..length.saturating_sub(1));
                    out += &format!("(?:{})", inner.unwrap_or_default());
                }
                length
            }
            None => {
                let length = match first {
                    '\\' => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
                    '[' => class(rest),
                    _ => first.len_utf8(),
                };
                out += rest.get(..length).unwrap_or(rest);
                length
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

/// How long the group is that a pattern begins with.
fn group(pattern: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(first) = pattern.get(at..).and_then(|rest| rest.chars().next()) {
        at += match first {
            '\\' => 1 + pattern[at + 1..].chars().next().map_or(0, char::len_utf8),
            '[' => class(&pattern[at..]),
            _ => first.len_utf8(),
        };
        match first {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// How long the class is that a pattern begins with. axis writes none within another.
fn class(pattern: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in pattern.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ']' => return at + 1,
            _ => {}
        }
    }
    pattern.len()
}

/// One text. The choice says which branch, end and number is taken.
fn sample(hir: &Hir, choice: usize) -> String {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => String::new(),
        HirKind::Literal(literal) => String::from_utf8_lossy(&literal.0).into_owned(),
        HirKind::Class(Class::Unicode(class)) => {
            let ranges = class.ranges();
            let has = |found: char| {
                ranges
                    .iter()
                    .any(|range| (range.start()..=range.end()).contains(&found))
            };
            let readable = ['a', '0', 'A', ' '].into_iter().find(|found| has(*found));
            let range = ranges.get(choice / 3 % ranges.len().max(1));
            let end = range.map(|range| match (choice % 3, readable) {
                (0, Some(readable)) => readable,
                // The first characters of a negated class are none that a text holds.
                (0 | 1, _) => range.start().max('\u{1}'),
                _ if range.end() > '\u{3000}' => readable.unwrap_or_else(|| range.start()),
                _ => range.end(),
            });
            end.map(String::from).unwrap_or_default()
        }
        HirKind::Class(Class::Bytes(_)) => String::new(),
        HirKind::Repetition(repetition) => {
            let least = repetition.min;
            let most = repetition.max.unwrap_or(least + 3).min(least + 300);
            let count = match choice % 4 {
                0 => least,
                1 => (least + 1).min(most),
                2 => most,
                _ => least.midpoint(most),
            };
            (0..count)
                .map(|index| sample(&repetition.sub, choice + index as usize % 2))
                .collect()
        }
        HirKind::Capture(capture) => sample(&capture.sub, choice),
        HirKind::Concat(parts) => parts.iter().map(|part| sample(part, choice)).collect(),
        HirKind::Alternation(parts) => parts
            .get(choice % parts.len().max(1))
            .map(|part| sample(part, choice / 2))
            .unwrap_or_default(),
    }
}

/// Texts close to one that is matched: one character more, less or other.
pub(super) fn neighbours(text: &str) -> Vec<String> {
    let mut shorter = text.chars();
    shorter.next_back();
    let mut later = text.chars();
    later.next();
    let middle = text.chars().count() / 2;
    let with = |found: char| {
        text.chars()
            .enumerate()
            .map(|(index, old)| if index == middle { found } else { old })
            .collect::<String>()
    };
    vec![
        shorter.as_str().to_owned(),
        later.as_str().to_owned(),
        format!("{text}!"),
        format!(" {text}"),
        format!("{text}\n"),
        format!("{text}{text}"),
        text.to_uppercase(),
        text.to_lowercase(),
        with(' '),
        with('é'),
        with('_'),
        with('\u{17f}'),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pattern_looks_at_is_drawn_too() {
        for (pattern, kept, left_out) in [
            ("(?<=ab)c", "(?:ab)c", "c"),
            ("(?<!x)y", "y", "y"),
            (
                r"[)\]](?=(?:a|[)]))b\(",
                r"[)\]](?:(?:a|[)]))b\(",
                r"[)\]]b\(",
            ),
        ] {
            assert_eq!(without_lookaround(pattern, true), kept);
            assert_eq!(without_lookaround(pattern, false), left_out);
        }
        assert!(samples("(?<=ab)c").contains(&"abc".to_owned()));
    }
}
