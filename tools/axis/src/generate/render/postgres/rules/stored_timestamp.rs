/// What `timestamp(precision)` keeps of the whole microseconds that the driver sends: it rounds half away from 2000.
pub(super) fn stored_timestamp(
    value: chrono::NaiveDateTime,
    precision: u32,
) -> chrono::NaiveDateTime {
    let epoch = day(2000, 1, 1).and_time(chrono::NaiveTime::MIN);
    let Some(sent) = value.signed_duration_since(epoch).num_microseconds() else {
        return value;
    };
    let unit = 10_i64.pow(6_u32.saturating_sub(precision));
    let kept = (sent.abs() + unit / 2) / unit * unit * sent.signum();
    epoch
        .checked_add_signed(chrono::TimeDelta::microseconds(kept))
        // The leap second of chrono's last day stands for what is beyond it.
        .or_else(|| chrono::Timelike::with_nanosecond(&value, 1_000_000_000))
        .unwrap_or(value)
}
