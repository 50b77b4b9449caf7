/// What `numeric` holds of a result: 16383 digits after the point. Nothing where there are more than 131072 before it, which
/// PostgreSQL refuses.
pub(super) fn numeric_held(value: bigdecimal::BigDecimal) -> Option<bigdecimal::BigDecimal> {
    let value = match value.fractional_digit_count() > 16_383 {
        true => value.with_scale_round(16_383, bigdecimal::RoundingMode::HalfUp),
        false => value,
    };
    let digits = i128::from(value.digits()) - i128::from(value.fractional_digit_count());
    (digits <= 131_072).then_some(value)
}
