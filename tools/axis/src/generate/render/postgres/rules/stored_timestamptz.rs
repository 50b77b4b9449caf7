/// What `timestamp(precision) with time zone` keeps.
pub(super) fn stored_timestamptz(
    value: chrono::DateTime<chrono::Utc>,
    precision: u32,
) -> chrono::DateTime<chrono::Utc> {
    stored_timestamp(value.naive_utc(), precision).and_utc()
}
