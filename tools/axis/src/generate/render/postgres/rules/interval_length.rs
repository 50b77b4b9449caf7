/// How long an interval is, in microseconds, as PostgreSQL compares intervals: a month has 30 days, a day 24 hours.
pub(super) fn interval_length(value: &Interval) -> i128 {
    let days = i128::from(value.months) * 30 + i128::from(value.days);
    days * 86_400_000_000 + i128::from(value.microseconds)
}
