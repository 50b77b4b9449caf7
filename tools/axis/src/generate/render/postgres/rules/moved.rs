/// `timestamp + interval`, counted in microseconds from 2000: first the months, then the days, then the rest. Nothing where
/// a step leads beyond what PostgreSQL holds.
pub(super) fn moved(moment: i64, months: i64, days: i64, microseconds: i128) -> Option<i64> {
    const DAY: i64 = 86_400_000_000;
    let held = |moment: i128| {
        let held = -211_813_488_000_000_000..9_223_371_331_200_000_000;
        i64::try_from(moment).ok().filter(|moment| held.contains(moment))
    };
    let at = |day: i64, rest: i64| held(i128::from(day) * i128::from(DAY) + i128::from(rest));
    let mut moment = moment;
    if months != 0 {
        moment = at(months_later(moment.div_euclid(DAY), months), moment.rem_euclid(DAY))?;
    }
    if days != 0 {
        moment = at(moment.div_euclid(DAY) + days, moment.rem_euclid(DAY))?;
    }
    held(i128::from(moment) + microseconds)
}
