/// `numeric::bigint`: half away from zero. Nothing where the number is beyond it, which PostgreSQL refuses.
pub(super) fn numeric_as_integer(value: &bigdecimal::BigDecimal) -> Option<i64> {
    let whole = value.with_scale_round(0, bigdecimal::RoundingMode::HalfUp);
    bigdecimal::ToPrimitive::to_i64(&whole)
}
