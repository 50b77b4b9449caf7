/// `date - date`: both are within chrono's years, whose days an `i32` counts.
pub(super) fn days_between(later: chrono::NaiveDate, earlier: chrono::NaiveDate) -> i32 {
    i32::try_from((later - earlier).num_days()).unwrap_or(i32::MAX)
}
