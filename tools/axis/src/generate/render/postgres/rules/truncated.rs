/// `date_trunc` to a month, a quarter or a year, by the months that it has. Nothing where it is before 4714-11-24 BC, which
/// PostgreSQL refuses.
pub(super) fn truncated(value: chrono::NaiveDateTime, months: u32) -> Option<chrono::NaiveDateTime> {
    use chrono::Datelike as _;
    // What was rounded beyond chrono's last day is where a year begins.
    if chrono::Timelike::nanosecond(&value) >= 1_000_000_000 {
        return Some(value);
    }
    let first = day(value.year(), value.month0() / months * months + 1, 1);
    let first = first.and_time(chrono::NaiveTime::MIN);
    timestamptz(&first.and_utc()).then_some(first)
}
