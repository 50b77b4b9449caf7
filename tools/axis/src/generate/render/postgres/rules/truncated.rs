/// `date_trunc(unit, timestamp)`. Nothing where it is before 4714-11-24 BC, which PostgreSQL refuses.
pub(super) fn truncated(
    value: chrono::NaiveDateTime,
    unit: &str,
) -> Option<chrono::NaiveDateTime> {
    use chrono::{Datelike as _, Timelike as _};
    let (date, time) = (value.date(), value.time());
    // The first microsecond after chrono's last day is where a year begins, and no week.
    if time.nanosecond() >= 1_000_000_000 && unit != "week" {
        return Some(value);
    }
    let at = |hour, minute, second| chrono::NaiveTime::from_hms_opt(hour, minute, second);
    let first = |month| chrono::NaiveDate::from_ymd_opt(date.year(), month, 1);
    let midnight = chrono::NaiveTime::MIN;
    let truncated = match unit {
        "second" => date.and_time(at(time.hour(), time.minute(), time.second())?),
        "minute" => date.and_time(at(time.hour(), time.minute(), 0)?),
        "hour" => date.and_time(at(time.hour(), 0, 0)?),
        "day" => date.and_time(midnight),
        "week" => {
            let days = u64::from(date.weekday().num_days_from_monday());
            date.checked_sub_days(chrono::Days::new(days))?.and_time(midnight)
        }
        "month" => first(date.month())?.and_time(midnight),
        "quarter" => first(date.month0() / 3 * 3 + 1)?.and_time(midnight),
        _ => first(1)?.and_time(midnight),
    };
    let earliest = chrono::NaiveDate::from_ymd_opt(-4713, 11, 24)?;
    (truncated.date() >= earliest).then_some(truncated)
}
