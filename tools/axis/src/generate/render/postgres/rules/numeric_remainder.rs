/// `numeric % numeric`. Nothing where the divisor is 0, which PostgreSQL refuses.
pub(super) fn numeric_remainder(
    value: &bigdecimal::BigDecimal,
    divisor: &bigdecimal::BigDecimal,
) -> Option<bigdecimal::BigDecimal> {
    use bigdecimal::Zero as _;
    (!divisor.is_zero()).then(|| value % divisor)
}
