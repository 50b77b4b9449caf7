/// How PostgreSQL orders `time without time zone`.
pub(super) fn time_order(a: &chrono::NaiveTime, b: &chrono::NaiveTime) -> std::cmp::Ordering {
    let microseconds = |time: &chrono::NaiveTime| {
        let since_midnight = time.signed_duration_since(chrono::NaiveTime::MIN);
        since_midnight.num_microseconds()
    };
    microseconds(a).cmp(&microseconds(b))
}
