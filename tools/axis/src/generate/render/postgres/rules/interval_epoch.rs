/// `extract(epoch FROM interval)`: a year has 365.25 days, any other month 30.
pub(super) fn interval_epoch(value: &Interval) -> bigdecimal::BigDecimal {
    let quarters_of_days = 1_461 * i128::from(value.months / 12)
        + 120 * i128::from(value.months % 12)
        + 4 * i128::from(value.days);
    let microseconds = quarters_of_days * 21_600_000_000 + i128::from(value.microseconds);
    bigdecimal::BigDecimal::new(microseconds.into(), 6)
}
