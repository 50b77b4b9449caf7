/// `numeric(precision, scale)`: rounded to `scale` digits after the point, half away from zero, at most `precision` digits
/// are left (SQLSTATE 22003).
pub(super) fn numeric_of(value: &bigdecimal::BigDecimal, precision: u64, scale: i64) -> bool {
    // What is no `numeric` does not come so far, and might take long to round.
    if !numeric(value) {
        return true;
    }
    let rounded = value.with_scale_round(scale, bigdecimal::RoundingMode::HalfUp);
    rounded.digits() <= precision
}
