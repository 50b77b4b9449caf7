/// What `numeric(precision, scale)` keeps: `scale` digits after the point, half away from zero.
pub(super) fn rounded(
    value: &bigdecimal::BigDecimal,
    scale: i64,
) -> std::borrow::Cow<'_, bigdecimal::BigDecimal> {
    match value.fractional_digit_count() > scale {
        true => std::borrow::Cow::Owned(
            value.with_scale_round(scale, bigdecimal::RoundingMode::HalfUp),
        ),
        false => std::borrow::Cow::Borrowed(value),
    }
}
