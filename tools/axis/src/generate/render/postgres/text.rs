/// `text`: any characters but NUL (SQLSTATE 22021).
pub(super) fn text(value: &str) -> bool {
    !value.contains('\0')
}
