/// `numeric`: at most 16,383 digits after the point (SQLSTATE 22P03), and as many in all as Diesel sends.
pub(super) fn numeric(value: &bigdecimal::BigDecimal) -> bool {
    let (digits, scale) = (
        i64::try_from(value.digits()).unwrap_or(i64::MAX),
        value.fractional_digit_count(),
    );
    // Diesel sends groups of four digits, counted in 16 bits, and one more where the point is between two groups.
    let padding = 4 - scale.max(0) % 4;
    let written = digits.saturating_add(scale.saturating_neg().max(0));
    scale <= 16_383 && written.saturating_add(padding) <= 4 * 32_767
}
