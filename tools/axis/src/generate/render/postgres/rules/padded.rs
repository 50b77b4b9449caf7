/// What `character(n)` holds of a value: blanks fill it up.
pub(super) fn padded(value: &str, n: usize) -> std::borrow::Cow<'_, str> {
    match n.checked_sub(value.chars().count()) {
        None | Some(0) => std::borrow::Cow::Borrowed(value),
        Some(blanks) => std::borrow::Cow::Owned(format!("{value}{}", " ".repeat(blanks))),
    }
}
