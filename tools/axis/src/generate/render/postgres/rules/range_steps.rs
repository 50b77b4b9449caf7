/// A range of whole numbers or of days as PostgreSQL keeps it: `[lower, upper)`.
pub(super) fn range_steps<T: Ord + Copy>(
    range: &Range<T>,
    next: impl Fn(&T) -> Option<T>,
) -> Option<(std::ops::Bound<T>, std::ops::Bound<T>)> {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    let (lower, upper) = range_kept(range, |bound| *bound)?;
    let after = |bound: &T| next(bound).unwrap_or(*bound);
    let lower = match lower {
        Excluded(bound) => Included(after(&bound)),
        other => other,
    };
    let upper = match upper {
        Included(bound) => Excluded(after(&bound)),
        other => other,
    };
    let is_empty = matches!((lower, upper), (Included(lower), Excluded(upper)) if lower >= upper);
    (!is_empty && !matches!((lower, upper), (Excluded(_), Unbounded))).then_some((lower, upper))
}
