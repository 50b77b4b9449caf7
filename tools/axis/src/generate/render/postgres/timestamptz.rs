/// `timestamp with time zone`: not before 4714-11-24 BC (SQLSTATE 22008). chrono ends before PostgreSQL does.
pub(super) fn timestamptz(value: &chrono::DateTime<chrono::Utc>) -> bool {
    // The driver sends microseconds and drops the rest, which takes a time before 2000 forward.
    let dropped = (value.timestamp_subsec_nanos() % 1_000).min(1);
    value.timestamp_micros() + i64::from(dropped) >= -210_866_803_200_000_000
}
