/// `double precision / double precision`. Nothing where the divisor is 0, or the quotient is beyond it or too close to 0,
/// which PostgreSQL refuses.
pub(super) fn float_quotient(left: f64, right: f64) -> Option<f64> {
    let quotient = left / right;
    let is_beyond = quotient.is_infinite() && left.is_finite();
    let is_lost = quotient == 0.0 && left != 0.0 && right.is_finite();
    let is_by_zero = right == 0.0 && !left.is_nan();
    (!is_beyond && !is_lost && !is_by_zero).then_some(quotient)
}
