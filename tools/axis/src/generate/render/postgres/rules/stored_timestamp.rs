/// What the driver sends: whole microseconds since 2000, the rest dropped towards it.
pub(super) fn stored_timestamp(value: chrono::NaiveDateTime) -> chrono::NaiveDateTime {
    stored_timestamptz(value.and_utc()).naive_utc()
}
