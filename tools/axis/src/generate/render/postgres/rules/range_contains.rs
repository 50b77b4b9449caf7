/// Whether one range is within another. The empty one is within each.
pub(super) fn range_contains<T: Ord>(
    outer: &Option<(std::ops::Bound<T>, std::ops::Bound<T>)>,
    inner: &Option<(std::ops::Bound<T>, std::ops::Bound<T>)>,
) -> bool {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    let (Some(outer), Some(inner)) = (outer, inner) else {
        return inner.is_none();
    };
    let is_lower_within = match (&outer.0, &inner.0) {
        (Unbounded, _) => true,
        (_, Unbounded) => false,
        (Excluded(outer), Included(inner)) => outer < inner,
        (Included(outer) | Excluded(outer), Included(inner) | Excluded(inner)) => outer <= inner,
    };
    let is_upper_within = match (&outer.1, &inner.1) {
        (Unbounded, _) => true,
        (_, Unbounded) => false,
        (Excluded(outer), Included(inner)) => outer > inner,
        (Included(outer) | Excluded(outer), Included(inner) | Excluded(inner)) => outer >= inner,
    };
    is_lower_within && is_upper_within
}
