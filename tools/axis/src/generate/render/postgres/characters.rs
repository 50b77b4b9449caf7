/// `character varying(n)` and `character(n)`: at most `n` characters, where spaces in excess at the end are cut and not
/// counted (SQLSTATE 22001).
pub(super) fn characters(value: &str, n: usize) -> bool {
    // No text has more characters than bytes. Nothing with NUL comes so far.
    value.len() <= n || value.chars().skip(n).all(|character| character == ' ') || !text(value)
}
