/// How PostgreSQL orders `timestamp with time zone`.
pub(super) fn timestamptz_order(
    a: &chrono::DateTime<chrono::Utc>,
    b: &chrono::DateTime<chrono::Utc>,
) -> std::cmp::Ordering {
    timestamp_order(&a.naive_utc(), &b.naive_utc())
}
