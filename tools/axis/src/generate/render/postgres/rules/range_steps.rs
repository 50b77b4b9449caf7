/// A range of whole numbers or of days as PostgreSQL keeps it: `[lower, upper)`.
pub(super) fn range_steps<T: Ord + Copy>(
    range: &Range<T>,
    next: impl Fn(&T) -> Option<T>,
) -> Option<(std::ops::Bound<T>, std::ops::Bound<T>)> {
    use std::ops::Bound::{Excluded, Included};
    let (lower, upper) = range_kept(range, |bound| *bound)?;
    // The last day of chrono has no next one there: a bound that would be the next stays as it is.
    let lower = match lower {
        Excluded(bound) => next(&bound).map_or(lower, Included),
        _ => lower,
    };
    let upper = match upper {
        Included(bound) => next(&bound).map_or(upper, Excluded),
        _ => upper,
    };
    let is_empty = matches!((lower, upper), (Included(lower), Excluded(upper)) if lower >= upper);
    (!is_empty).then_some((lower, upper))
}
