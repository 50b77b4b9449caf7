//! Texts, documents and texts for search.

use fastrand::Rng;

/// Letters, other letters, blanks, marks and whatever else, seldom NUL.
pub(super) fn characters(count: usize, rng: &mut Rng) -> String {
    (0..count)
        .map(|_| match rng.u8(..40) {
            0..16 => rng.alphanumeric(),
            16..22 => rng.char(' '..='~'),
            22..28 => rng.char('\u{80}'..='\u{24f}'),
            28..30 => rng.char('\u{300}'..='\u{36f}'),
            30..34 => [' ', '\t', '\n', '\u{a0}', '\u{200b}', '\u{3000}'][rng.usize(..6)],
            34..39 => rng.char('\u{1}'..),
            _ if rng.u8(..8) == 0 => '\0',
            _ => '\u{7f}',
        })
        .collect()
}

pub(super) fn words(rng: &mut Rng) -> String {
    (0..rng.usize(1..9))
        .map(|_| match rng.u8(..8) {
            0 => '_',
            _ => rng.alphanumeric(),
        })
        .collect()
}

/// Words in their order, each with some of its places in theirs, as PostgreSQL writes them.
pub(super) fn vector(rng: &mut Rng) -> String {
    // By length first.
    let words: std::collections::BTreeSet<(usize, String)> = (0..rng.usize(..5))
        .map(|_| words(rng))
        .map(|word| (word.len(), word))
        .collect();
    let words: Vec<String> = words
        .into_iter()
        .map(|(_, word)| {
            let mut place = 0;
            let places: Vec<String> = (0..rng.usize(..4))
                .map(|_| {
                    place += rng.u32(1..5_000);
                    format!("{place}{}", ["", "A", "B", "C"][rng.usize(..4)])
                })
                .collect();
            match places.is_empty() {
                true => format!("'{word}'"),
                false => format!("'{word}':{}", places.join(",")),
            }
        })
        .collect();
    words.join(" ")
}

/// A word, or some of them joined, as PostgreSQL writes them: in parentheses, which it reads everywhere.
pub(super) fn query(depth: u8, rng: &mut Rng) -> String {
    let kind = if depth == 0 { 0 } else { rng.u8(..5) };
    match kind {
        0 | 1 => format!(
            "'{}'{}",
            words(rng),
            ["", ":*", ":A", ":*BC"][rng.usize(..4)]
        ),
        2 => format!("!( {} )", query(depth - 1, rng)),
        _ => {
            let (left, right) = (query(depth - 1, rng), query(depth - 1, rng));
            let operator = ["&", "|", "<->", "<2>", "<0>"][rng.usize(..5)];
            format!("( {left} ) {operator} ( {right} )")
        }
    }
}

pub(super) fn document(depth: u8, rng: &mut Rng) -> serde_json::Value {
    use serde_json::Value as Json;
    match rng.u8(..if depth == 0 { 6 } else { 9 }) {
        0 => Json::Bool(rng.bool()),
        1 => Json::from(rng.i64(..) >> rng.u32(..64)),
        2 => Json::from(rng.u64(..)),
        // Exact in few digits: serde_json reads others a little beside what they are.
        3 => Json::from(f64::from(rng.i16(..)) / 8.0),
        4 if depth < 3 => Json::Null,
        4 | 5 => Json::from(characters(rng.usize(..8), rng)),
        6 | 7 => (0..rng.usize(..5))
            .map(|_| document(depth - 1, rng))
            .collect(),
        _ => (0..rng.usize(..5))
            .map(|_| (characters(rng.usize(..5), rng), document(depth - 1, rng)))
            .collect(),
    }
}
