/// `numeric::double precision`. Nothing where the number is beyond it, or too close to 0, which PostgreSQL refuses.
pub(super) fn numeric_as_float(value: &bigdecimal::BigDecimal) -> Option<f64> {
    use bigdecimal::Zero as _;
    let float = value.to_scientific_notation().parse::<f64>().ok()?;
    (float.is_finite() && (float != 0.0 || value.is_zero())).then_some(float)
}
