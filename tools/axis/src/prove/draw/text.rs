//! Texts, labels, identifiers and bytes.

use super::{Draw, Value};

/// Texts beyond this many characters are few, and stand alone: hundreds of rows of them would not fit into memory.
pub(crate) const LONG: usize = 100_000;

/// `text`, and `character varying(n)` and `character(n)` around their length.
pub(super) fn texts(length: Option<usize>) -> Vec<Draw> {
    // A length beyond this is tried with the unit that fits in least often.
    let n = length.unwrap_or(3);
    let mut texts: Vec<String> = vec!["a".repeat(n.min(3))];
    texts.extend(
        [
            "",
            " ",
            "a",
            "A b",
            "é",
            "e\u{301}",
            "ß",
            "\u{10ffff}",
            "'\"\\",
            "\t",
            "\n",
            "\u{a0}",
            "\u{200b}",
            "\u{feff}a",
            "0",
            "null",
            "a\0",
            "\0",
        ]
        .map(str::to_owned),
    );
    let full = "a".repeat(n);
    if n > LONG {
        texts.extend([
            format!("{full}a"),
            format!("{full} "),
            format!("{full}\t"),
            "é".repeat(n),
            full,
        ]);
    } else {
        for unit in ["a", "é", "\u{10ffff}"] {
            texts.extend([n.saturating_sub(1), n, n + 1].map(|count| unit.repeat(count)));
        }
        for tail in [
            " ", "   ", "\t", "\n", " \t", " a", "\u{301}", "\u{a0}", " \0",
        ] {
            texts.push(format!("{full}{tail}"));
        }
        texts.push(" ".repeat(n + 1));
        // Combining marks are characters of their own.
        texts.push("e\u{301}".repeat(n.div_ceil(2)));
    }
    if length.is_none() {
        texts.push("long ".repeat(2_000));
    }
    let mut seen = std::collections::HashSet::new();
    texts.retain(|text| seen.insert(text.clone()));
    texts.into_iter().map(Draw::text).collect()
}

/// The labels of an enum, and what is none.
pub(super) fn labels(labels: &[String]) -> Vec<Draw> {
    let mut texts = labels.to_vec();
    let mut others = vec!["no such label".to_owned(), String::new(), " ".to_owned()];
    if let Some(first) = labels.first() {
        others.extend([
            first.to_uppercase(),
            first.to_lowercase(),
            format!("{first} "),
        ]);
    }
    for other in others {
        if !texts.contains(&other) {
            texts.push(other);
        }
    }
    texts.into_iter().map(Draw::text).collect()
}

/// `uuid`: any 128 bits.
pub(super) fn uuids() -> Vec<Draw> {
    [
        "6f2b0c9e-3c1d-4f7a-9a51-0d7b1c2e3f40",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "00000000-0000-0000-0000-000000000001",
        "12345678-1234-f234-0234-123456789abc",
        "no uuid",
        "6f2b0c9e-3c1d-4f7a-9a51-0d7b1c2e3f4",
    ]
    .map(Draw::text)
    .to_vec()
}

/// `bytea`
pub(super) fn bytes() -> Vec<Draw> {
    let lists: [&[u8]; 6] = [&[1, 2, 3], &[], &[0], &[255], &[0, 255, 92, 39], &[7; 32]];
    lists
        .into_iter()
        .map(byte_string)
        .chain([20, 21, 28, 29, 33, 64].map(|length| byte_string(&vec![1; length])))
        .collect()
}

/// One `bytea`.
pub(super) fn byte_string(bytes: &[u8]) -> Draw {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Draw::new(Value::Bytes(bytes.to_vec()), format!("\\x{hex}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_millions_is_tried_by_few_texts() {
        let bytes = |length| {
            let texts = texts(Some(length));
            texts
                .iter()
                .filter_map(|draw| draw.literal.as_ref())
                .map(String::len)
                .sum::<usize>()
        };
        assert!(bytes(LONG) > 20 * LONG);
        assert!(bytes(LONG + 1) < 7 * LONG);
        let is_there = |wanted: &str| {
            let texts = texts(Some(LONG + 1));
            texts
                .iter()
                .any(|draw| draw.literal.as_deref() == Some(wanted))
        };
        let full = "a".repeat(LONG + 1);
        for (end, is_tried) in [("", true), ("a", true), (" ", true), ("b", false)] {
            assert_eq!(is_there(&format!("{full}{end}")), is_tried, "{end:?}");
        }
    }
}
