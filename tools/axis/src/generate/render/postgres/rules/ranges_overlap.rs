/// Whether two ranges have a value in common.
pub(super) fn ranges_overlap<T: Ord>(
    left: &Option<(std::ops::Bound<T>, std::ops::Bound<T>)>,
    right: &Option<(std::ops::Bound<T>, std::ops::Bound<T>)>,
) -> bool {
    use std::ops::Bound::{Included, Unbounded};
    let (Some(left), Some(right)) = (left, right) else {
        return false;
    };
    let begins_in_time = |lower: &std::ops::Bound<T>, upper: &std::ops::Bound<T>| match (lower, upper) {
        (Unbounded, _) | (_, Unbounded) => true,
        (Included(lower), Included(upper)) => lower <= upper,
        (
            Included(lower) | std::ops::Bound::Excluded(lower),
            Included(upper) | std::ops::Bound::Excluded(upper),
        ) => lower < upper,
    };
    begins_in_time(&left.0, &right.1) && begins_in_time(&right.0, &left.1)
}
