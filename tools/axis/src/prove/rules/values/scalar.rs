//! A constant of a rule, and what is beside it.

use super::super::super::draw::Draw;
use super::super::super::judge::Value;
use crate::generate::check_expression::{Literal, Type};

/// A constant and what is beside it.
pub(super) fn scalars(literal: &Literal, data_type: &Type) -> Vec<Draw> {
    match literal {
        Literal::Int(value) => match data_type {
            Type::Numeric => numerics(i128::from(*value), 0),
            Type::Float4 | Type::Float8 => floats(*value as f64, data_type),
            Type::Int2 | Type::Int4 | Type::Int8 | Type::Oid => {
                [value.saturating_sub(1), *value, value.saturating_add(1)]
                    .map(|value| Draw::new(Value::Int(value), value.to_string()))
                    .to_vec()
            }
            _ => Vec::new(),
        },
        Literal::Float(bits) => floats(f64::from_bits(*bits), data_type),
        // What is calculated from a time is compared with a number.
        Literal::Numeric(..)
            if matches!(
                data_type,
                Type::Interval | Type::Date | Type::Timestamp | Type::Timestamptz | Type::Time
            ) =>
        {
            Vec::new()
        }
        // A whole number, of which a `numeric` is calculated.
        Literal::Numeric(digits, scale)
            if matches!(data_type, Type::Int2 | Type::Int4 | Type::Int8) =>
        {
            let power = u32::try_from(*scale).ok();
            let unit = power.and_then(|power| 10_i128.checked_pow(power));
            let whole = unit.and_then(|unit| i64::try_from(digits / unit).ok());
            let whole = whole.map(|whole| scalars(&Literal::Int(whole), data_type));
            whole.unwrap_or_default()
        }
        Literal::Numeric(digits, scale) => numerics(*digits, *scale),
        Literal::Text(text) => match data_type {
            Type::Enum(_) => vec![Draw::text(text.clone())],
            // A text is no document.
            Type::Json | Type::Jsonb => Vec::new(),
            _ => [
                text.clone(),
                format!("{text}a"),
                format!("{text} "),
                text.to_uppercase(),
                String::new(),
            ]
            .map(Draw::text)
            .to_vec(),
        },
        Literal::Bytes(value) if *data_type == Type::Uuid => {
            let digits: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
            vec![Draw::text(format!(
                "{}-{}-{}-{}-{}",
                &digits[..8],
                &digits[8..12],
                &digits[12..16],
                &digits[16..20],
                &digits[20..]
            ))]
        }
        Literal::Bytes(value) => vec![bytes(value)],
        Literal::Date(days) if matches!(data_type, Type::Timestamp | Type::Timestamptz) => {
            const DAY: i64 = 86_400_000_000;
            let midnight = i64::from(*days) * DAY;
            [-DAY, -1, 0, 1, DAY - 1, DAY]
                .into_iter()
                .filter_map(|more| moment(midnight + more, data_type))
                .collect()
        }
        Literal::Date(days) => [-1, 0, 1]
            .into_iter()
            .filter_map(|more| date(i64::from(*days) + more))
            .collect(),
        Literal::Microseconds(value) => [-1_000_000, -1, 0, 1, 1_000_000]
            .into_iter()
            .filter_map(|more| moment(value + more, data_type))
            .collect(),
        Literal::Inet(address, length) => super::network::beside(*address, *length, data_type),
        _ => Vec::new(),
    }
}

/// Numbers that calculations with a constant may need: its half, its double, its opposite, and small ones.
pub(super) fn calculated(literal: &Literal, data_type: &Type) -> Vec<Draw> {
    let mut found = scalars(literal, data_type);
    let mut numbers = vec![0, 1, 2, -1];
    if let Literal::Int(value) = literal {
        numbers.extend([value / 2, value.saturating_mul(2), value.saturating_neg()]);
    }
    if let Literal::Numeric(digits, scale) = literal
        && matches!(data_type, Type::Numeric)
    {
        found.extend([-digits, digits * 2].map(|digits| Draw::text(number(digits, *scale))));
    }
    for value in numbers {
        found.extend(scalars(&Literal::Int(value), data_type).into_iter().nth(1));
    }
    found
}

/// Numbers of more digits after the point than are kept, and of as many.
pub(super) fn rounded(digits: i64) -> Vec<Draw> {
    let scale = digits.clamp(0, 30);
    let numbers = [
        (1, scale),
        (1, scale + 1),
        (15, scale + 1),
        (-15, scale + 1),
    ];
    numbers
        .map(|(digits, scale)| Draw::text(number(digits, scale)))
        .to_vec()
}

pub(super) fn numerics(digits: i128, scale: i64) -> Vec<Draw> {
    let finer = |more: i128| number(digits * 10 + more, scale + 1);
    [-1, 0, 1]
        .map(|more| number(digits + more, scale))
        .into_iter()
        .chain([-6, -5, -4, -1, 1, 4, 5, 6].map(finer))
        .map(Draw::text)
        .collect()
}

/// Numbers that are rounded to a number, and to those beside it.
pub(in super::super) fn beside(draw: &Draw, scale: i64) -> Vec<Draw> {
    let line = super::Line::of(&Type::Numeric, scale + 1);
    let place = line
        .as_ref()
        .zip(draw.literal.as_deref())
        .and_then(|(line, literal)| line.place(literal));
    let Some((line, place)) = line.zip(place).filter(|_| scale >= 0) else {
        return Vec::new();
    };
    let near = [-10, -6, -5, -4, 4, 5, 6, 10].into_iter();
    near.filter_map(|more| line.draw(place + more)).collect()
}

/// Digits with a point.
pub(in super::super) fn number(digits: i128, scale: i64) -> String {
    let scale = usize::try_from(scale).unwrap_or_default();
    let plain = format!("{:0>width$}", digits.unsigned_abs(), width = scale + 1);
    let (whole, rest) = plain.split_at(plain.len() - scale);
    let sign = if digits < 0 { "-" } else { "" };
    match rest.is_empty() {
        true => format!("{sign}{whole}"),
        false => format!("{sign}{whole}.{rest}"),
    }
}

fn floats(value: f64, data_type: &Type) -> Vec<Draw> {
    let values = [
        value,
        value.next_down(),
        value.next_up(),
        value - 1.0,
        value + 1.0,
        f64::NAN,
    ];
    values
        .into_iter()
        .map(|value| match data_type {
            #[expect(clippy::cast_possible_truncation, reason = "the nearest is as good")]
            Type::Float4 => Draw::new(Value::Float4(value as f32), format!("{:e}", value as f32)),
            _ => Draw::new(Value::Float8(value), format!("{value:e}")),
        })
        .collect()
}

pub(super) fn date(days: i64) -> Option<Draw> {
    let (year, month, day) = calendar(days)?;
    Some(Draw::text(format!("{year:04}-{month:02}-{day:02}")))
}

pub(super) fn moment(microseconds: i64, data_type: &Type) -> Option<Draw> {
    const DAY: i64 = 86_400_000_000;
    let of_day = microseconds.rem_euclid(DAY);
    let (seconds, rest) = (of_day / 1_000_000, of_day % 1_000_000);
    let time = format!(
        "{:02}:{:02}:{:02}.{rest:06}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    let (year, month, day) = calendar(microseconds.div_euclid(DAY))?;
    let date = format!("{year:04}-{month:02}-{day:02}");
    Some(match data_type {
        Type::Time => Draw::text(time),
        Type::Date => Draw::text(date),
        Type::Timestamptz => Draw::new(
            Value::Text(format!("{date}T{time}Z")),
            format!("{date} {time}+00"),
        ),
        _ => Draw::new(
            Value::Text(format!("{date}T{time}")),
            format!("{date} {time}"),
        ),
    })
}

/// Moments within a microsecond on both sides of the time that PostgreSQL counts from: what the driver drops goes towards it.
fn around_2000(data_type: &Type) -> Vec<Draw> {
    let zone = if *data_type == Type::Timestamptz {
        "Z"
    } else {
        ""
    };
    [
        "1999-06-15T12:00:00",
        "1999-12-31T12:00:00",
        "2000-01-01T12:00:00",
        "2000-06-15T12:00:00",
    ]
    .iter()
    .flat_map(|start| {
        ["000001", "000001001", "0000015", "000001998", "000002"]
            .map(|rest| format!("{start}.{rest}{zone}"))
    })
    .map(|text| Draw::unwritten(Value::Text(text)))
    .collect()
}

/// Days since 2000-01-01 as a day of the calendar, of the years that have four digits.
pub(super) fn calendar(days: i64) -> Option<(i64, i64, i64)> {
    let found = any_calendar(days);
    (1..=9999).contains(&found.0).then_some(found)
}

/// The same of any year: 0 is 1 BC.
pub(super) fn any_calendar(days: i64) -> (i64, i64, i64) {
    let shifted = days + 730_425;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 3
    } else {
        month_index - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

pub(super) fn bytes(value: &[u8]) -> Draw {
    let digits: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = value
        .iter()
        .map(|byte| Value::Unsigned((*byte).into()))
        .collect();
    Draw::new(Value::List(list), format!("\\x{digits}"))
}

/// Values of a type that differ, for columns that are compared with each other.
pub(super) fn everyday(data_type: &Type) -> Vec<Draw> {
    match data_type {
        Type::Int2 | Type::Int4 | Type::Int8 | Type::Float4 | Type::Float8 | Type::Numeric => {
            scalars(&Literal::Int(5), data_type)
        }
        Type::Text | Type::Bpchar | Type::Citext => ["a", "b"].map(Draw::text).to_vec(),
        Type::Date => scalars(&Literal::Date(9_000), data_type),
        Type::Timestamp | Type::Timestamptz => {
            let mut moments = scalars(&Literal::Microseconds(800_000_000_000_000), data_type);
            moments.extend(around_2000(data_type));
            moments
        }
        Type::Time => scalars(&Literal::Microseconds(3_600_000_000), data_type),
        Type::Bool => [true, false]
            .map(|value| Draw::new(Value::Bool(value), value.to_string()))
            .to_vec(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A contract that divides by one less or one more than the nanoseconds of a microsecond is told from the right one: a
    /// time is whole for it alone.
    #[test]
    fn a_microsecond_of_another_length_is_noticed() {
        let texts: Vec<String> = around_2000(&Type::Timestamp)
            .into_iter()
            .filter_map(|draw| draw.value?.into_text())
            .collect();
        assert!(texts.len() >= 10, "{texts:?}");
        let nanoseconds = texts.iter().map(|text| {
            let (_, digits) = text.split_once('.').unwrap();
            format!("{digits:0<9}").parse::<u32>().unwrap()
        });
        let nanoseconds: Vec<u32> = nanoseconds.collect();
        for wrong in [999, 1_001] {
            let whole =
                |number: &&u32| number.is_multiple_of(wrong) && !number.is_multiple_of(1_000);
            assert!(
                nanoseconds.iter().any(|number| whole(&number)),
                "{wrong}: {nanoseconds:?}"
            );
        }
        assert!(!nanoseconds.iter().any(|number| *number % 997 == 0));
    }
}
