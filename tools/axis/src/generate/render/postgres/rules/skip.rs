/// What comes after the first `n` characters.
pub(super) fn skip(value: &str, n: usize) -> &str {
    match value.char_indices().nth(n) {
        Some((start, _)) => value.get(start..).unwrap_or_default(),
        None => "",
    }
}
