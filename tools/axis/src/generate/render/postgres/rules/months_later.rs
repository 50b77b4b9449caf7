/// A day that is months later, both counted from 2000. A month that is shorter ends it.
fn months_later(date: i64, months: i64) -> i64 {
    // The calendar is the same every 400 years, and Rust's does not hold all of PostgreSQL's years.
    const DAYS: i64 = 146_097;
    const MONTHS: i64 = 4_800;
    let months_of_era = u32::try_from(months.rem_euclid(MONTHS)).unwrap_or_default();
    let first = day(2000, 1, 1);
    let later = first + chrono::TimeDelta::days(date.rem_euclid(DAYS)) + chrono::Months::new(months_of_era);
    (date.div_euclid(DAYS) + months.div_euclid(MONTHS)) * DAYS + (later - first).num_days()
}
