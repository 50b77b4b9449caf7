/// `timestamp without time zone`: not before 4714-11-24 BC (SQLSTATE 22008).
pub(super) fn timestamp(value: &chrono::NaiveDateTime) -> bool {
    timestamptz(&value.and_utc())
}
