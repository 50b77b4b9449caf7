/// `date + days`, counted from 2000. Nothing where it is beyond what PostgreSQL holds.
pub(super) fn date_moved(date: i64, days: i64) -> Option<i64> {
    let moved = date + days;
    (-2_451_545..2_145_031_949).contains(&moved).then_some(moved)
}
