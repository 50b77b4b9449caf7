/// What `time(precision)` keeps of the whole microseconds that the driver sends. A leap second belongs to the next minute, and
/// 24:00:00 is the leap second 23:59:60.
pub(super) fn stored_time(value: chrono::NaiveTime, precision: u32) -> chrono::NaiveTime {
    let unit = 10_i64.pow(6 - precision);
    let kept = (time_length(value) + unit / 2) / unit * unit;
    match kept {
        ..86_400_000_000 => chrono::NaiveTime::MIN + chrono::TimeDelta::microseconds(kept),
        _ => chrono::NaiveTime::from_hms_nano_opt(23, 59, 59, 1_000_000_000).unwrap_or(value),
    }
}
