/// `numeric`: at most 16,383 digits after the point (SQLSTATE 22P03), and as many in all as Diesel sends.
pub(super) fn numeric(value: &bigdecimal::BigDecimal) -> bool {
    let scale = value.fractional_digit_count();
    if bigdecimal::Zero::is_zero(value) {
        // Diesel sends it without a scale, which must fit its own types all the same.
        return (-131_064..=65_535).contains(&scale);
    }
    // Diesel sends groups of four digits, counted in 16 bits, and one more where the point is between two groups.
    let padding = 4 - scale.max(0) % 4;
    let digits = i64::try_from(value.digits()).unwrap_or(i64::MAX);
    let written = digits.saturating_add(scale.saturating_neg().max(0));
    scale <= 16_383 && written.saturating_add(padding) <= 4 * 32_767
}
