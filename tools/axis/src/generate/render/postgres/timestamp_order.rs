/// How PostgreSQL orders `timestamp without time zone`.
pub(super) fn timestamp_order(
    a: &chrono::NaiveDateTime,
    b: &chrono::NaiveDateTime,
) -> std::cmp::Ordering {
    microseconds(a).cmp(&microseconds(b))
}
