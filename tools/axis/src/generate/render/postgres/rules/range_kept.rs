/// A range as PostgreSQL keeps it, of bounds as they are kept: without any where it is empty.
pub(super) fn range_kept<T, K: Ord>(
    range: &Range<T>,
    kept: impl Fn(&T) -> K,
) -> Option<(std::ops::Bound<K>, std::ops::Bound<K>)> {
    use std::ops::Bound::Included;
    let Range::Bounds(lower, upper) = range else {
        return None;
    };
    let (lower, upper) = (lower.as_ref().map(&kept), upper.as_ref().map(&kept));
    let is_empty = match (&lower, &upper) {
        (std::ops::Bound::Unbounded, _) | (_, std::ops::Bound::Unbounded) => false,
        (Included(lower), Included(upper)) => lower > upper,
        (
            Included(lower) | std::ops::Bound::Excluded(lower),
            Included(upper) | std::ops::Bound::Excluded(upper),
        ) => lower >= upper,
    };
    (!is_empty).then_some((lower, upper))
}
