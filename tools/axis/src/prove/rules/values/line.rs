//! Values of an ordered type as places on a line, so that one between two others has a name.

use super::super::super::draw::Draw;
use super::super::super::judge::Value;
use super::scalar::{any_calendar, number};
use crate::generate::check_expression::Type;

/// Years that both PostgreSQL and chrono hold, and some before.
const YEARS: std::ops::Range<i64> = -4_800..262_142;

/// Digits that are looked at.
const DIGITS: usize = 30;

/// An ordered type, and for `numeric` the digits after the point that are told apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    data_type: Type,
    scale: i64,
}

impl Line {
    /// That of a type. None where it has no order, or none that is worth it.
    pub(crate) fn of(data_type: &Type, scale: i64) -> Option<Self> {
        let is_ordered = matches!(
            data_type,
            Type::Int2
                | Type::Int4
                | Type::Int8
                | Type::Float8
                | Type::Numeric
                | Type::Date
                | Type::Timestamp
                | Type::Timestamptz
                | Type::Time
                | Type::Interval
        );
        is_ordered.then(|| Self {
            data_type: data_type.clone(),
            scale,
        })
    }

    /// The place of a literal.
    pub(crate) fn place(&self, literal: &str) -> Option<i128> {
        match self.data_type {
            Type::Int2 | Type::Int4 | Type::Int8 => literal.parse().ok(),
            Type::Float8 => {
                let value: f64 = literal.parse().ok()?;
                (!value.is_nan()).then(|| ordered(value))
            }
            Type::Numeric => decimal(literal, self.scale),
            Type::Date => day(literal),
            Type::Timestamp | Type::Timestamptz => moment(literal),
            Type::Time => time(literal),
            Type::Interval => {
                let seconds = literal.strip_prefix("PT")?.strip_suffix('S')?;
                decimal(seconds, 6)
            }
            _ => None,
        }
    }

    /// The value at a place.
    pub(crate) fn draw(&self, place: i128) -> Option<Draw> {
        Some(match self.data_type {
            Type::Int2 | Type::Int4 | Type::Int8 => {
                Draw::new(Value::Int(i64::try_from(place).ok()?), place.to_string())
            }
            Type::Float8 => {
                let value = unordered(i64::try_from(place).ok()?);
                value
                    .is_finite()
                    .then(|| Draw::new(Value::Float8(value), format!("{value:e}")))?
            }
            Type::Numeric => Draw::text(number(place, self.scale)),
            Type::Date => written(place, None, "", "")?,
            Type::Timestamp => written(place.div_euclid(DAY), Some(place.rem_euclid(DAY)), "", "")?,
            Type::Timestamptz => written(
                place.div_euclid(DAY),
                Some(place.rem_euclid(DAY)),
                "Z",
                "+00",
            )?,
            Type::Time => (0..DAY)
                .contains(&place)
                .then(|| Draw::text(clock(place)))?,
            Type::Interval => super::time::interval(i64::try_from(place).ok()?),
            _ => return None,
        })
    }
}

/// Microseconds.
const DAY: i128 = 86_400_000_000;

/// A number that is greater for a greater one.
fn ordered(value: f64) -> i128 {
    let bits = value.abs().to_bits();
    match value.is_sign_negative() {
        true => -i128::from(bits),
        false => bits.into(),
    }
}

fn unordered(place: i64) -> f64 {
    let size = f64::from_bits(place.unsigned_abs());
    if place < 0 { -size } else { size }
}

/// A number without an exponent, or with one, in units of so many digits after the point. What is finer is dropped.
fn decimal(literal: &str, scale: i64) -> Option<i128> {
    let (literal, is_negative) = match literal.strip_prefix('-') {
        Some(literal) => (literal, true),
        None => (literal, false),
    };
    let (digits, exponent) = match literal.split_once('e') {
        Some((digits, exponent)) => (digits, exponent.parse::<i64>().ok()?),
        None => (literal, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let point = i64::try_from(whole.len()).ok()? + exponent + scale;
    let kept: String = all
        .chars()
        .chain(std::iter::repeat('0'))
        .take(usize::try_from(point.clamp(0, 1_000)).ok()?)
        .collect();
    let kept = kept.trim_start_matches('0');
    if kept.len() > DIGITS {
        return None;
    }
    let value: i128 = if kept.is_empty() {
        0
    } else {
        kept.parse().ok()?
    };
    Some(if is_negative { -value } else { value })
}

/// A day as PostgreSQL reads it, counted from 2000.
fn day(literal: &str) -> Option<i128> {
    let (literal, is_before) = match literal.strip_suffix(" BC") {
        Some(literal) => (literal, true),
        None => (literal, false),
    };
    let parts: Vec<i128> = literal
        .split('-')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [year, month @ 1..=12, day @ 1..=31] = parts[..] else {
        return None;
    };
    let year = if is_before { 1 - year } else { year };
    let (year, from_march) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let leap = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(365 * year + leap + (153 * from_march + 2) / 5 + day - 1 - 730_425)
}

/// A time as PostgreSQL reads it, in microseconds.
fn time(literal: &str) -> Option<i128> {
    let mut parts = literal.splitn(3, ':');
    let (hours, minutes) = (parts.next()?.parse::<i128>().ok()?, parts.next()?);
    let minutes = hours * 60 + minutes.parse::<i128>().ok()?;
    let seconds = decimal(parts.next()?, 6)?;
    Some(minutes * 60_000_000 + seconds)
}

/// A moment as PostgreSQL reads it, in microseconds since 2000.
fn moment(literal: &str) -> Option<i128> {
    let (literal, era) = match literal.strip_suffix(" BC") {
        Some(literal) => (literal, " BC"),
        None => (literal, ""),
    };
    let literal = literal.strip_suffix("+00").unwrap_or(literal);
    let (of_day, of_time) = literal.split_once(' ')?;
    Some(day(&format!("{of_day}{era}"))? * DAY + time(of_time)?)
}

fn clock(of_day: i128) -> String {
    let (seconds, rest) = (of_day / 1_000_000, of_day % 1_000_000);
    format!(
        "{:02}:{:02}:{:02}.{rest:06}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// A day, or a moment of it, as ISO 8601 and as PostgreSQL write it.
fn written(day: i128, of_day: Option<i128>, iso_zone: &str, zone: &str) -> Option<Draw> {
    let (year, month, day) = any_calendar(i64::try_from(day).ok()?);
    if !YEARS.contains(&year) {
        return None;
    }
    let rest = format!("-{month:02}-{day:02}");
    let (iso, own, era) = match year {
        1..10_000 => (format!("{year:04}"), format!("{year:04}"), ""),
        10_000.. => (format!("+{year}"), year.to_string(), ""),
        0 => ("0000".to_owned(), "0001".to_owned(), " BC"),
        _ => (
            format!("-{:04}", year.unsigned_abs()),
            format!("{:04}", 1 - year),
            " BC",
        ),
    };
    Some(match of_day.map(clock) {
        None => Draw::new(
            Value::Text(format!("{iso}{rest}")),
            format!("{own}{rest}{era}"),
        ),
        Some(time) => Draw::new(
            Value::Text(format!("{iso}{rest}T{time}{iso_zone}")),
            format!("{own}{rest} {time}{zone}{era}"),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_where_its_literal_is_and_others_are_beside_it() {
        let mut looked = 0;
        for (data_type, literal) in [
            (Type::Int4, "-7"),
            (Type::Float8, "1.5e0"),
            (Type::Float8, "-1e300"),
            (Type::Numeric, "-12.345"),
            (Type::Date, "2024-02-29"),
            (Type::Date, "4714-11-24 BC"),
            (Type::Timestamp, "1999-12-31 23:59:59.999999"),
            (Type::Timestamptz, "0044-03-15 12:00:00.000001+00 BC"),
            (Type::Time, "12:34:56.000007"),
            (Type::Interval, "PT-1.000002S"),
        ] {
            let line = Line::of(&data_type, 3).unwrap();
            let place = line.place(literal).unwrap();
            assert_eq!(line.draw(place).unwrap().literal.unwrap(), literal);
            let next = line.draw(place + 1).unwrap().literal.unwrap();
            assert_eq!(line.place(&next), Some(place + 1), "{next}");
            looked += 1;
        }
        assert_eq!(looked, 10);
        assert_eq!(Line::of(&Type::Text, 0), None);
        let line = Line::of(&Type::Numeric, 3).unwrap();
        assert_eq!(line.place("1e131071"), None);
        assert_eq!(line.place("NaN"), None);
        assert_eq!(line.place("15e-1"), Some(1_500));
    }
}
