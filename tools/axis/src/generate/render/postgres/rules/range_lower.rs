/// `lower(range)`, where there is such a bound.
pub(super) fn range_lower<T>(
    range: Option<(std::ops::Bound<T>, std::ops::Bound<T>)>,
) -> Option<T> {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    let (end, _) = range?;
    match end {
        Included(value) | Excluded(value) => Some(value),
        Unbounded => None,
    }
}
