/// What `time` keeps: the whole microseconds that the driver sends. A leap second belongs to the next minute.
pub(super) fn sent_time(value: chrono::NaiveTime) -> chrono::NaiveTime {
    use chrono::Timelike as _;
    let sent = u64::from(value.num_seconds_from_midnight()) * 1_000_000
        + u64::from(value.nanosecond() / 1_000);
    let seconds = (sent / 1_000_000).min(86_399);
    let rest = (sent - seconds * 1_000_000) * 1_000;
    let parts = u32::try_from(seconds).ok().zip(u32::try_from(rest).ok());
    parts
        .and_then(|(seconds, rest)| {
            chrono::NaiveTime::from_num_seconds_from_midnight_opt(seconds, rest)
        })
        .unwrap_or(value)
}
