/// A range of integers: as [`range`]; and it is kept as `[lower, upper)`, for which the last integer may have to have a
/// successor (22003).
pub(super) fn integer_range<T: Ord>(value: &Range<T>, last: T) -> bool {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    let Range::Bounds(lower, upper) = value else {
        return true;
    };
    match (lower, upper) {
        (Included(lower), Included(upper)) => lower <= upper && *upper < last,
        // What holds nothing is kept as such, without bounds.
        (Excluded(lower), Included(upper)) => lower == upper || (lower < upper && *upper < last),
        (Included(lower) | Excluded(lower), Excluded(upper)) => lower <= upper,
        (Excluded(lower), Unbounded) => *lower < last,
        (Unbounded, Included(upper)) => *upper < last,
        (Included(_), Unbounded) | (Unbounded, Excluded(_) | Unbounded) => true,
    }
}
