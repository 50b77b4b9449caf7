/// The first `n` characters: what `character varying(n)` keeps, for it cuts spaces beyond.
pub(super) fn cut(value: &str, n: usize) -> &str {
    match value.char_indices().nth(n) {
        Some((end, _)) => value.get(..end).unwrap_or(value),
        None => value,
    }
}
