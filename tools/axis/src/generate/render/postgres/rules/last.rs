/// The last `n` characters.
pub(super) fn last(value: &str, n: usize) -> &str {
    match n.checked_sub(1).map(|n| value.char_indices().nth_back(n)) {
        None => "",
        Some(None) => value,
        Some(Some((start, _))) => value.get(start..).unwrap_or_default(),
    }
}
