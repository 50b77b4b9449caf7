/// `character varying(n)` and `character(n)`: at most `n` characters, where spaces in excess at the end are cut and not
/// counted (SQLSTATE 22001), and no NUL (22021).
pub(super) fn characters(value: &str, n: usize) -> bool {
    text(value) && value.chars().skip(n).all(|character| character == ' ')
}
