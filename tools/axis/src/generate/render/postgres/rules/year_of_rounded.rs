/// `extract(year FROM ..)` of a moment that may have been rounded beyond chrono's last day.
pub(super) fn year_of_rounded(value: chrono::NaiveDateTime) -> i32 {
    year(&value) + i32::from(chrono::Timelike::nanosecond(&value) >= 1_000_000_000)
}
