/// What the driver sends: whole microseconds since 2000, the rest dropped towards it.
pub(super) fn stored_timestamptz(
    value: chrono::DateTime<chrono::Utc>,
) -> chrono::DateTime<chrono::Utc> {
    let dropped = i64::from(value.timestamp_subsec_nanos() % 1_000);
    let is_before = value.timestamp() < 946_684_800;
    let change = if is_before && dropped > 0 { 1_000 - dropped } else { -dropped };
    value
        .checked_add_signed(chrono::TimeDelta::nanoseconds(change))
        .unwrap_or(value)
}
