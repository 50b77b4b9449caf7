/// Microseconds since 2000.
pub(super) fn since_2000(value: chrono::NaiveDateTime) -> i64 {
    let epoch = day(2000, 1, 1).and_time(chrono::NaiveTime::MIN);
    let since = value.signed_duration_since(epoch).num_microseconds();
    since.unwrap_or(i64::MAX)
}
