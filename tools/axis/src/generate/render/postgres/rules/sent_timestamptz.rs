/// What `timestamp with time zone` keeps.
pub(super) fn sent_timestamptz(value: chrono::DateTime<chrono::Utc>) -> chrono::DateTime<chrono::Utc> {
    sent_timestamp(value.naive_utc()).and_utc()
}
