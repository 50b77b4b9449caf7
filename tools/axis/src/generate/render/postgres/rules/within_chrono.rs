/// A moment of the same parts but for its year, which chrono holds: one that was rounded beyond its last day is 400 years
/// earlier.
pub(super) fn within_chrono(value: chrono::NaiveDateTime) -> chrono::NaiveDateTime {
    match chrono::Timelike::nanosecond(&value) {
        ..1_000_000_000 => value,
        _ => day(261_743, 1, 1).and_time(chrono::NaiveTime::MIN),
    }
}
