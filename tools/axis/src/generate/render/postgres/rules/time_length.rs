/// Microseconds since midnight. 24:00 is a leap second in Rust.
pub(super) fn time_length(value: chrono::NaiveTime) -> i64 {
    use chrono::Timelike as _;
    i64::from(value.num_seconds_from_midnight()) * 1_000_000 + i64::from(value.nanosecond() / 1_000)
}
