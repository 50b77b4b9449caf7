//! Ranges, intervals and times that are calculated: values on both sides of what a rule compares.

use super::super::super::draw::{Draw, range, ranges};
use super::super::edges::first_moments;
use super::scalar::{everyday, moment, scalars};
use super::{Line, add, columns};
use crate::generate::check_expression::{Expr, Function, Literal, RangeEnd, Type};
use std::collections::BTreeMap;

/// A moment in May 2025, in microseconds since 2000.
const MOMENT: i64 = 800_000_000_000_000;

/// Moments from which a month leads to the end of one, and where it leads.
const MONTH_ENDS: [i64; 6] = [
    // 2024-01-31, 2024-02-29, 2024-03-29, 2024-03-31, 2023-02-28, 2024-01-29
    759_974_400_000_000,
    762_480_000_000_000,
    764_985_600_000_000,
    765_158_400_000_000,
    730_857_600_000_000,
    759_801_600_000_000,
];

/// The values that a part of a rule suggests.
pub(super) fn of_part(part: &Expr, found: &mut BTreeMap<String, Vec<Draw>>) {
    let Expr::Call(_, arguments, _) = part else {
        return;
    };
    if let [subject, Expr::Literal(Literal::Numeric(digits, scale), _)] = arguments.as_slice()
        && *scale <= 6
    {
        let unit = 10_i128.pow(u32::try_from(6 - scale).unwrap_or_default());
        let intervals = columns(subject).into_iter();
        for (name, _) in intervals.filter(|(_, found)| *found == Type::Interval) {
            add(found, &name, seconds(digits * unit));
        }
    }
    if let [subject, Expr::Literal(Literal::Microseconds(time), _)] = arguments.as_slice()
        && subject.data_type() == Type::Time
        && !matches!(subject, Expr::Column(..))
    {
        for (name, data_type) in columns(subject) {
            add(found, &name, rounded_to(*time, &data_type));
        }
    }
    if let Expr::Call(Function::Truncated(_), ..) = part {
        for (name, data_type) in columns(part) {
            add(found, &name, beginnings(&data_type));
        }
    }
    let types: Vec<Type> = arguments.iter().map(Expr::data_type).collect();
    if types.iter().any(|found| matches!(found, Type::Range(_))) {
        of_ranges(part, arguments, found);
    }
    let mut spans = Vec::new();
    part.visit(&mut |inner| {
        if let Expr::Literal(Literal::Interval(months, days, rest), _) = inner {
            let days = i64::from(*months) * 30 + i64::from(*days);
            spans.push(days * 86_400_000_000 + rest);
        }
    });
    let is_interval = types.contains(&Type::Interval);
    if spans.is_empty() && !is_interval {
        return;
    }
    for (name, data_type) in columns(part) {
        for span in spans.iter().copied().chain([0]) {
            let draws =
                match data_type {
                    Type::Interval => [span - 1, span, span + 1].map(interval).to_vec(),
                    Type::Timestamp | Type::Timestamptz | Type::Date => [-span, 0, span]
                        .into_iter()
                        .chain(spans.first().map(|first| span + first))
                        .flat_map(|span| scalars(&Literal::Microseconds(MOMENT + span), &data_type))
                        .chain(first_moments(span, &data_type))
                        .chain(MONTH_ENDS.iter().flat_map(|moment| {
                            scalars(&Literal::Microseconds(*moment), &data_type)
                        }))
                        .collect(),
                    Type::Time => [
                        0,
                        3_600_000_000,
                        3_600_000_000 + span.rem_euclid(3_600_000_000),
                    ]
                    .iter()
                    .flat_map(|time| scalars(&Literal::Microseconds(*time), &data_type))
                    .collect(),
                    _ => Vec::new(),
                };
            add(found, &name, draws);
        }
    }
}

/// Ranges whose bounds are those that the rule names, and values that are compared with them.
fn of_ranges(part: &Expr, arguments: &[Expr], found: &mut BTreeMap<String, Vec<Draw>>) {
    for argument in arguments {
        let Type::Range(bound) = argument.data_type() else {
            continue;
        };
        let mut bounds = everyday(&bound);
        bounds.extend(match *bound {
            Type::Date => scalars(&Literal::Date(9_100), &bound),
            Type::Int4 | Type::Int8 => scalars(&Literal::Int(100), &bound),
            _ => Vec::new(),
        });
        part.visit(&mut |inner| {
            if let Expr::Literal(Literal::Range(Some(ends)), _) = inner {
                for (value, _) in [&ends.0, &ends.1].into_iter().flatten() {
                    bounds.extend(scalars(value, &bound));
                }
            }
        });
        let mut named = Vec::new();
        part.visit(&mut |inner| {
            if let Expr::Literal(Literal::Range(Some(ends)), _) = inner {
                named.extend(like(ends, &bound));
            }
        });
        for (name, data_type) in columns(part) {
            match data_type {
                Type::Range(_) => add(found, &name, named.iter().cloned().chain(ranges(&bounds))),
                _ => add(found, &name, bounds.iter().cloned()),
            }
        }
    }
}

/// The range that a rule names, and those whose bounds are beside its own.
fn like(ends: &(RangeEnd, RangeEnd), bound: &Type) -> Vec<Draw> {
    let beside = |end: &RangeEnd| match end {
        Some((value, _)) => scalars(value, bound).into_iter().map(Some).collect(),
        None => vec![None],
    };
    let (lower, upper) = (beside(&ends.0), beside(&ends.1));
    let each = lower
        .iter()
        .flat_map(|lower| upper.iter().map(move |upper| (lower, upper)));
    each.map(|(lower, upper)| range(lower.as_ref(), upper.as_ref(), "[)"))
        .take(NAMED)
        .collect()
}

/// More ranges are not made of one that is named.
const NAMED: usize = 40;

/// Moments so close before a time of the day that one of some precision is rounded to it. Before 2000 it is rounded the
/// other way.
fn rounded_to(time: i64, data_type: &Type) -> Vec<Draw> {
    const DAY: i64 = 86_400_000_000;
    if !matches!(data_type, Type::Timestamp | Type::Timestamptz) {
        return Vec::new();
    }
    // Days of 1999, of January 2000 and of 2024.
    let days = [-200, 14, 9_000].into_iter();
    let moments = days.flat_map(|day| {
        let halves = (0..6).map(|power| 5 * 10_i64.pow(power));
        halves.map(move |half| day * DAY + time - half)
    });
    moments
        .filter_map(|microseconds| moment(microseconds, data_type))
        .collect()
}

/// Moments that begin a year, a quarter, a month, a week, an hour, a minute and a second, and that begin none.
pub(super) fn beginnings(data_type: &Type) -> Vec<Draw> {
    let Some(line) = Line::of(data_type, 0) else {
        return Vec::new();
    };
    [
        "2024-01-01 00:00:00",
        "2024-04-01 00:00:00",
        "2024-05-01 00:00:00",
        "2024-05-06 00:00:00",
        "2024-05-07 00:00:00",
        "2024-05-07 05:00:00",
        "2024-05-07 05:07:00",
        "2024-05-07 05:07:08",
        "2024-05-07 05:07:08.000009",
    ]
    .iter()
    .filter_map(|moment| line.draw(line.place(moment)?))
    .collect()
}

/// Times and moments whose seconds are a number, a little less and a little more, in the first minute and in the next one.
pub(super) fn of_seconds(literal: &Literal, data_type: &Type) -> Vec<Draw> {
    let (digits, scale) = match literal {
        Literal::Int(value) => (i128::from(*value), 0),
        Literal::Numeric(digits, scale) => (*digits, *scale),
        _ => return Vec::new(),
    };
    let (Some(line), Ok(rest)) = (Line::of(data_type, 0), u32::try_from(6 - scale)) else {
        return Vec::new();
    };
    let microseconds = digits.saturating_mul(10_i128.saturating_pow(rest));
    [0, 60_000_000]
        .into_iter()
        .flat_map(|minute| [-1, 0, 1].map(|more| minute + microseconds + more))
        .filter_map(|place| line.draw(place))
        .collect()
}

/// Intervals of so many microseconds where a year has 365.25 days and another month 30, and those beside them.
fn seconds(microseconds: i128) -> Vec<Draw> {
    const HOUR: i128 = 3_600_000_000;
    let mut draws = Vec::new();
    for (date, hours) in [
        ("", 0),
        ("P13M-395D", 6),
        ("P25M-760D", 12),
        ("P-13M395D", -6),
        ("P1M-30D", 0),
    ] {
        for more in [-1, 0, 1] {
            let rest = i64::try_from(microseconds - hours * HOUR + more)
                .ok()
                .map(interval);
            let time = rest.and_then(|rest| rest.literal);
            let Some(time) = time.as_deref().and_then(|time| time.strip_prefix('P')) else {
                continue;
            };
            let start = if date.is_empty() { "P" } else { date };
            draws.push(Draw::text(format!("{start}{time}")));
        }
    }
    draws
}

/// An interval of so many microseconds, as ISO 8601 writes it.
pub(super) fn interval(microseconds: i64) -> Draw {
    let sign = if microseconds < 0 { "-" } else { "" };
    let length = microseconds.unsigned_abs();
    Draw::text(format!(
        "PT{sign}{}.{:06}S",
        length / 1_000_000,
        length % 1_000_000
    ))
}
