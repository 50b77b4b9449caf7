//! Texts that a regular expression matches.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Texts at the limits of a pattern: each branch, the ends of each class, the least and the most repetitions.
pub(super) fn samples(pattern: &str) -> Vec<String> {
    // Lookaround is left out: what is drawn without it is tried all the same.
    let Ok(hir) = regex_syntax::parse(pattern) else {
        return Vec::new();
    };
    let mut samples: Vec<String> = (0..12).map(|choice| sample(&hir, choice)).collect();
    samples.sort_unstable();
    samples.dedup();
    samples
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
