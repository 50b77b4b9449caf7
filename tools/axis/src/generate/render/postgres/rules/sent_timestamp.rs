/// What `timestamp` keeps: the whole microseconds that the driver sends, counted from 2000.
pub(super) fn sent_timestamp(value: chrono::NaiveDateTime) -> chrono::NaiveDateTime {
    let epoch = day(2000, 1, 1).and_time(chrono::NaiveTime::MIN);
    let sent = value.signed_duration_since(epoch).num_microseconds();
    sent.and_then(|sent| epoch.checked_add_signed(chrono::TimeDelta::microseconds(sent)))
        .unwrap_or(value)
}
