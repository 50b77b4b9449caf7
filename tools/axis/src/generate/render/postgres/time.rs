/// `time without time zone`: not after 24:00:00 (SQLSTATE 22008), which chrono writes as the leap second 23:59:60.
pub(super) fn time(value: &chrono::NaiveTime) -> bool {
    let since_midnight = value.signed_duration_since(chrono::NaiveTime::MIN);
    since_midnight.num_microseconds() <= Some(86_400_000_000)
}
