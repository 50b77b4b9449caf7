/// What `timestamp` keeps: the whole microseconds that the driver sends, counted from 2000.
pub(super) fn sent_timestamp(value: chrono::NaiveDateTime) -> chrono::NaiveDateTime {
    use chrono::Timelike as _;
    match value.nanosecond() {
        // They are sent as they are, but for those of a leap second, which belong to the next minute.
        whole @ ..1_000_000_000 if whole.is_multiple_of(1_000) => value,
        _ => {
            let epoch = day(2000, 1, 1).and_time(chrono::NaiveTime::MIN);
            let sent = value.signed_duration_since(epoch).num_microseconds();
            sent.and_then(|sent| epoch.checked_add_signed(chrono::TimeDelta::microseconds(sent)))
                .unwrap_or(value)
        }
    }
}
