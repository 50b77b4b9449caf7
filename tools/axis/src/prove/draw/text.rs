//! Texts, labels, identifiers and bytes.

use super::{Draw, Value};

/// A text of more characters is tried by [`at_a_far_limit`]: each value of `character varying(10485760)` takes 10 to 40 MB.
const FAR: usize = 20_000;

/// `text`, and `character varying(n)` and `character(n)` around their length.
pub(super) fn texts(length: Option<usize>) -> Vec<Draw> {
    if let Some(far) = length.filter(|length| *length > FAR) {
        let mut draws = texts(None);
        draws.extend(at_a_far_limit(far));
        return draws;
    }
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
    for unit in ["a", "é", "\u{10ffff}"] {
        texts.extend([n.saturating_sub(1), n, n + 1].map(|count| unit.repeat(count)));
    }
    let full = "a".repeat(n);
    for tail in [
        " ", "   ", "\t", "\n", " \t", " a", "\u{301}", "\u{a0}", " \0",
    ] {
        texts.push(format!("{full}{tail}"));
    }
    texts.push(" ".repeat(n + 1));
    // Combining marks are characters of their own.
    texts.push("e\u{301}".repeat(n.div_ceil(2)));
    if length.is_none() {
        texts.push("long ".repeat(2_000));
    }
    let mut seen = std::collections::HashSet::new();
    texts.retain(|text| seen.insert(text.clone()));
    texts.into_iter().map(Draw::text).collect()
}

/// The few long texts that tell a length from its neighbours, and bytes from characters.
fn at_a_far_limit(length: usize) -> impl Iterator<Item = Draw> {
    let full = "a".repeat(length);
    let wide = "\u{10ffff}".repeat(length);
    let [beyond, blank] = ["a", " "].map(|tail| format!("{full}{tail}"));
    [full, wide, beyond, blank].into_iter().map(Draw::text)
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
    fn the_longest_column_is_tried_by_few_long_values() {
        // The longest that `character varying` takes.
        let longest = 10_485_760;
        let draws = texts(Some(longest));
        let long: Vec<usize> = draws
            .iter()
            .filter(|draw| draw.is_costly)
            .map(Draw::size)
            .collect();
        assert_eq!(long, [longest, 4 * longest, longest + 1, longest + 1]);
        assert!(draws.len() > 20, "{} short ones, too", draws.len());
        assert!(texts(Some(255)).iter().all(|draw| !draw.is_costly));
    }
}
