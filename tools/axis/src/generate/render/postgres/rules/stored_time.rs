/// What `time(precision)` keeps of the whole microseconds that the driver sends. 24:00:00 is the leap second 23:59:60.
pub(super) fn stored_time(value: chrono::NaiveTime, precision: u32) -> chrono::NaiveTime {
    use chrono::Timelike as _;
    let sent = u64::from(value.num_seconds_from_midnight()) * 1_000_000
        + u64::from(value.nanosecond() / 1_000);
    let unit = 10_u64.pow(6_u32.saturating_sub(precision));
    let kept = (sent + unit / 2) / unit * unit;
    let seconds = (kept / 1_000_000).min(86_399);
    let rest = (kept - seconds * 1_000_000) * 1_000;
    let parts = u32::try_from(seconds).ok().zip(u32::try_from(rest).ok());
    parts
        .and_then(|(seconds, rest)| {
            chrono::NaiveTime::from_num_seconds_from_midnight_opt(seconds, rest)
        })
        .unwrap_or(value)
}
