/// A range: the lower bound is not above the upper (SQLSTATE 22000).
pub(super) fn range<T>(
    value: &Range<T>,
    order: impl Fn(&T, &T) -> std::cmp::Ordering,
) -> bool {
    let mut bounds = value.bounds();
    match (bounds.next(), bounds.next()) {
        (Some(lower), Some(upper)) => order(lower, upper).is_le(),
        _ => true,
    }
}
