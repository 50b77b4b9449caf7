/// The instant as the driver sends it: microseconds since 2000, without what is beyond.
pub(super) fn microseconds(value: &chrono::NaiveDateTime) -> Option<i64> {
    let epoch = chrono::NaiveDate::from_ymd_opt(2000, 1, 1)?.and_time(chrono::NaiveTime::MIN);
    value.signed_duration_since(epoch).num_microseconds()
}
