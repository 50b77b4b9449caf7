//! Days and moments whose parts or differences a rule asks for.

use super::super::super::draw::Draw;
use super::scalar::{calendar, date, moment};
use crate::generate::check_expression::{DatePart, Literal, Type};

const DAY: i64 = 86_400_000_000;

/// Days since 2000-01-01 from which the differences of a rule are counted.
const BASE: i64 = 9_000;

/// Values of which a part is the number, one less and one more.
pub(super) fn of_part(part: DatePart, number: i64, data_type: &Type) -> Vec<Draw> {
    let days: Vec<i64> = (number - 1..=number + 1)
        .filter_map(|wanted| match part {
            DatePart::Year => first_day(wanted),
            DatePart::Hour | DatePart::Minute => Some(BASE),
            // Years of 366 days and of 53 weeks are among them.
            _ => (1_460..3_300).find(|day| of_day(part, *day) == Some(wanted)),
        })
        .collect();
    let times: Vec<i64> = match part {
        DatePart::Hour => (number - 1..=number + 1).map(|hour| hour * 3_600).collect(),
        DatePart::Minute => (number - 1..=number + 1)
            .map(|minute| minute * 60)
            .collect(),
        _ => vec![0, 43_200],
    };
    let draws = days.into_iter().flat_map(|day| {
        let of_time = |seconds: &i64| match data_type {
            Type::Date => date(day),
            _ => moment(day * DAY + seconds * 1_000_000, data_type),
        };
        times.iter().filter_map(of_time).collect::<Vec<_>>()
    });
    let mut found: Vec<Draw> = Vec::new();
    for draw in draws {
        if !found.contains(&draw) {
            found.push(draw);
        }
    }
    found
}

fn of_day(part: DatePart, day: i64) -> Option<i64> {
    let (year, month, of_month) = calendar(day)?;
    let of_year = |day: i64| Some(day - first_day(calendar(day)?.0)? + 1);
    let of_week = (day + 5).rem_euclid(7) + 1;
    Some(match part {
        DatePart::Year => year,
        DatePart::Quarter => (month + 2) / 3,
        DatePart::Month => month,
        DatePart::Day => of_month,
        DatePart::DayOfYear => of_year(day)?,
        DatePart::DayOfWeek => of_week % 7,
        DatePart::IsoDayOfWeek => of_week,
        // That of its Thursday.
        DatePart::Week => (of_year(day + 4 - of_week)? - 1) / 7 + 1,
        DatePart::Hour | DatePart::Minute | DatePart::Second => return None,
    })
}

/// The first of January.
fn first_day(year: i64) -> Option<i64> {
    let before = year - 1;
    let days = before * 365 + before / 4 - before / 100 + before / 400 - 730_119;
    (1..=9999).contains(&year).then_some(days)
}

/// What a difference is taken from, and what is that much later, a little less and a little more.
pub(super) fn apart(difference: &Literal, data_type: &Type) -> (Vec<Draw>, Vec<Draw>) {
    let (whole, little) = match difference {
        Literal::Int(days) => (days.saturating_mul(DAY), DAY),
        // PostgreSQL compares a month as 30 days.
        Literal::Interval(months, days, rest) => {
            let days = i64::from(*months) * 30 + i64::from(*days);
            (days.saturating_mul(DAY).saturating_add(*rest), 1)
        }
        _ => return (Vec::new(), Vec::new()),
    };
    let at = |microseconds: i64| match data_type {
        Type::Date => date(microseconds.div_euclid(DAY)),
        _ => moment(microseconds, data_type),
    };
    let base = BASE * DAY;
    let later = [-little, 0, little]
        .into_iter()
        .filter_map(|more| at(base.checked_add(whole)?.checked_add(more)?));
    (at(base).into_iter().collect(), later.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_days_are_those_of_the_calendar() {
        assert_eq!(first_day(2000), Some(0));
        assert_eq!(first_day(2004), Some(1_461));
        // A Saturday; the last week of 2020 was its 53rd.
        assert_eq!(of_day(DatePart::DayOfWeek, 0), Some(6));
        assert_eq!(of_day(DatePart::IsoDayOfWeek, 1), Some(7));
        assert_eq!(of_day(DatePart::Week, 7_670), Some(53));
        for (part, number) in [
            (DatePart::Year, 2001),
            (DatePart::Week, 53),
            (DatePart::DayOfYear, 366),
            (DatePart::Quarter, 4),
        ] {
            assert!(!of_part(part, number, &Type::Date).is_empty(), "{part:?}");
        }
    }
}
