/// `extract(year FROM ..)`: the year before 1 is -1.
pub(super) fn year(value: &impl chrono::Datelike) -> i32 {
    match value.year() {
        year @ 1.. => year,
        year => year - 1,
    }
}
