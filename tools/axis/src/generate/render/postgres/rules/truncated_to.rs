/// `date_trunc` to a week or less, by the microseconds that it has, counted from the first moment that PostgreSQL holds: the
/// midnight on which the Monday 4714-11-24 BC begins.
pub(super) fn truncated_to(value: chrono::NaiveDateTime, unit: i64) -> chrono::NaiveDateTime {
    let since_first = value.and_utc().timestamp_micros() + 210_866_803_200_000_000;
    value - chrono::TimeDelta::microseconds(since_first % unit)
}
