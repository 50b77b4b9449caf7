/// `double precision + double precision`. Nothing where the sum is beyond it, which PostgreSQL refuses.
pub(super) fn float_sum(left: f64, right: f64) -> Option<f64> {
    let sum = left + right;
    (sum.is_finite() || !left.is_finite() || !right.is_finite()).then_some(sum)
}
