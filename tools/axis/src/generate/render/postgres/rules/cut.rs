/// The first `n` characters: what `character varying(n)` keeps, for it cuts spaces beyond.
pub(super) fn cut(value: &str, n: usize) -> &str {
    // No text has more characters than bytes.
    if value.len() <= n {
        return value;
    }
    match value.char_indices().nth(n) {
        Some((end, _)) => value.get(..end).unwrap_or(value),
        None => value,
    }
}
