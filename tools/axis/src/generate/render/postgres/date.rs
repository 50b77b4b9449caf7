/// `date`: not before 4714-11-24 BC (SQLSTATE 22008). chrono ends before PostgreSQL does.
pub(super) fn date(value: &chrono::NaiveDate) -> bool {
    timestamp(&value.and_time(chrono::NaiveTime::MIN))
}
