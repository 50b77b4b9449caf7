//! Dates and times.

use super::super::tree::{DatePart, Expr, Function, Literal, Type};
use super::call;
use super::cast::retyped;

/// `date + days`, `timestamp + interval`: of a constant that goes forward, and not beyond what PostgreSQL holds.
pub(super) fn plus(arguments: Vec<Expr>) -> Result<Expr, String> {
    const DAY: i64 = 86_400_000_000;
    /// Rust's last day is that much before PostgreSQL's.
    const YEARS: i64 = 30_000 * 365;
    let [base, by] = <[Expr; 2]>::try_from(arguments).map_err(|_| backwards())?;
    let found = base.data_type();
    let by = match (by, &found) {
        (Expr::Literal(Literal::Int(days), _), _) if (0..YEARS).contains(&days) => {
            Literal::Int(days)
        }
        (Expr::Literal(Literal::Interval(0, days, rest), _), found)
            if days == 0 || *found == Type::Timestamp =>
        {
            let whole = i64::from(days).checked_mul(DAY);
            let whole = whole.and_then(|whole| whole.checked_add(rest));
            match whole {
                Some(whole) if (0..YEARS * DAY).contains(&whole) => Literal::Interval(0, 0, whole),
                _ => return Err(backwards()),
            }
        }
        (Expr::Literal(Literal::Interval(0, ..), _), _) => {
            return Err("how long a day is depends on the time zone of the session".to_owned());
        }
        (Expr::Literal(Literal::Interval(..), _), _) => {
            return Err("how long a month is depends on the month".to_owned());
        }
        _ => return Err(backwards()),
    };
    Ok(call(Function::Later(by), vec![base], found))
}

fn backwards() -> String {
    "it calculates a time by what is not a constant that goes forward".to_owned()
}

/// `extract`, which gives a `numeric`, and `date_part`, which gives a `double precision`.
pub(super) fn date_part(name: &str, arguments: Vec<Expr>) -> Result<Expr, String> {
    let [part, value] = <[Expr; 2]>::try_from(arguments).map_err(|_| "it has no part")?;
    let Expr::Literal(Literal::Text(part), _) = part else {
        return Err("the part of a date is not constant".to_owned());
    };
    let is_date = value.data_type() == Type::Date;
    let part = match part.to_ascii_lowercase().as_str() {
        "year" => DatePart::Year,
        "quarter" => DatePart::Quarter,
        "month" => DatePart::Month,
        "week" => DatePart::Week,
        "day" => DatePart::Day,
        "doy" => DatePart::DayOfYear,
        "dow" => DatePart::DayOfWeek,
        "isodow" => DatePart::IsoDayOfWeek,
        "hour" if !is_date => DatePart::Hour,
        "minute" if !is_date => DatePart::Minute,
        other => {
            return Err(format!(
                "the part `{other}` of a date is not translated yet"
            ));
        }
    };
    let found = call(Function::DatePart(part), vec![value], Type::Int4);
    match name {
        "extract" => retyped(found, Type::Numeric),
        _ => retyped(found, Type::Float8),
    }
}
