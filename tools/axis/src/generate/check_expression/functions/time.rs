//! Dates and times.

use super::super::tree::{DatePart, Expr, Function, Literal, Type};
use super::call;
use super::cast::retyped;

/// An operator of dates, times and intervals.
pub(super) fn operator(name: &str, arguments: &[Expr]) -> Option<Result<Expr, String>> {
    let [left, right] = arguments else {
        return None;
    };
    let both = || vec![left.clone(), right.clone()];
    let found = match (name, left.data_type(), right.data_type()) {
        ("-", Type::Date, Type::Date) => call(Function::DaysBetween, both(), Type::Int4),
        ("-", Type::Timestamp, Type::Timestamp) | ("-", Type::Timestamptz, Type::Timestamptz) => {
            call(Function::Elapsed, both(), Type::Interval)
        }
        ("-", Type::Time, Type::Time) => call(Function::TimesBetween, both(), Type::Interval),
        ("+", Type::Date, Type::Int4) => match forward(left, right) {
            Some(later) => later,
            None => call(Function::DateMoved { back: false }, both(), Type::Date),
        },
        ("+", Type::Int4, Type::Date) => {
            return operator(name, &[right.clone(), left.clone()]);
        }
        ("-", Type::Date, Type::Int4) => {
            call(Function::DateMoved { back: true }, both(), Type::Date)
        }
        ("+", Type::Interval, Type::Date | Type::Timestamp | Type::Timestamptz) => {
            return operator(name, &[right.clone(), left.clone()]);
        }
        ("+" | "-", Type::Date | Type::Timestamp, Type::Interval) => {
            let back = name == "-";
            match forward(left, right).filter(|_| !back && left.data_type() == Type::Timestamp) {
                Some(later) => later,
                None => {
                    let base = match left.data_type() {
                        Type::Date => call(Function::Midnight, vec![left.clone()], Type::Timestamp),
                        _ => left.clone(),
                    };
                    let both = vec![base, right.clone()];
                    call(Function::Moved { back }, both, Type::Timestamp)
                }
            }
        }
        ("+" | "-", Type::Timestamptz, Type::Interval) => {
            let back = name == "-";
            match right {
                Expr::Literal(Literal::Interval(0, 0, _), _) => {}
                Expr::Literal(Literal::Interval(..), _) => {
                    let reason =
                        "how long a day or a month is depends on the time zone of the session";
                    return Some(Err(reason.to_owned()));
                }
                _ => {
                    let reason = "it adds an interval to a time, and how long its days are depends on the time zone of the session";
                    return Some(Err(reason.to_owned()));
                }
            }
            match forward(left, right).filter(|_| !back) {
                Some(later) => later,
                None => call(Function::Moved { back }, both(), Type::Timestamptz),
            }
        }
        _ => return None,
    };
    Some(Ok(found))
}

/// `date + days`, `timestamp + interval`, of a constant that goes forward, and not beyond what PostgreSQL holds: compared
/// with another, it is a difference that is compared.
fn forward(base: &Expr, by: &Expr) -> Option<Expr> {
    const DAY: i64 = 86_400_000_000;
    /// Rust's last day is that much before PostgreSQL's.
    const YEARS: i64 = 30_000 * 365;
    let by = match by {
        Expr::Literal(Literal::Int(days), _) if (0..YEARS).contains(days) => Literal::Int(*days),
        Expr::Literal(Literal::Interval(0, days, rest), _) => {
            let whole = i64::from(*days).checked_mul(DAY)?.checked_add(*rest)?;
            let is_known = (0..YEARS * DAY).contains(&whole);
            is_known.then_some(Literal::Interval(0, 0, whole))?
        }
        _ => return None,
    };
    let found = base.data_type();
    Some(call(Function::Later(by), vec![base.clone()], found))
}

/// A function of dates, times and intervals.
pub(super) fn function(
    name: &str,
    arguments: &[Expr],
    result: &Type,
) -> Option<Result<Expr, String>> {
    let types: Vec<Type> = arguments.iter().map(Expr::data_type).collect();
    let of = |function: Function, index: usize| {
        let subject = arguments.get(index).cloned().into_iter().collect();
        Some(Ok(call(function, subject, result.clone())))
    };
    match (name, types.as_slice()) {
        (
            "extract" | "date_part",
            [
                Type::Text,
                Type::Date | Type::Timestamp | Type::Timestamptz | Type::Time | Type::Interval,
            ],
        ) => Some(date_part(name, arguments)),
        ("timezone", [Type::Text, found @ (Type::Timestamp | Type::Timestamptz)]) => {
            match is_utc(arguments.first()?) {
                true if *found == Type::Timestamptz => of(Function::InUtc, 1),
                true => of(Function::FromUtc, 1),
                false => Some(Err(
                    "what another time zone than UTC says of a time depends on its rules"
                        .to_owned(),
                )),
            }
        }
        ("date_trunc", [Type::Text, Type::Timestamp]) => {
            Some(truncated(arguments.first()?, arguments.get(1)?.clone()))
        }
        ("date_trunc", [Type::Text, Type::Timestamptz, Type::Text])
            if is_utc(arguments.get(2)?) =>
        {
            let local = call(
                Function::InUtc,
                vec![arguments.get(1)?.clone()],
                Type::Timestamp,
            );
            let truncated = truncated(arguments.first()?, local);
            Some(truncated.map(|found| call(Function::FromUtc, vec![found], Type::Timestamptz)))
        }
        ("date_trunc", [Type::Text, Type::Timestamptz, ..])
        | ("date" | "time" | "timestamp", [Type::Timestamptz])
        | ("timestamptz", [Type::Date | Type::Timestamp]) => {
            Some(Err("it depends on the time zone of the session".to_owned()))
        }
        ("date", [Type::Timestamp]) => of(Function::Day, 0),
        ("time", [Type::Timestamp]) => of(Function::TimeOfDay, 0),
        ("timestamp", [Type::Date]) => of(Function::Midnight, 0),
        // Rust's dates and times have no infinity.
        ("isfinite", [Type::Date | Type::Timestamp | Type::Timestamptz]) => {
            let is_null = Expr::IsNull(Box::new(arguments.first()?.clone()));
            let truth = Expr::Literal(Literal::Bool(true), Type::Bool);
            let branches = vec![(is_null, Expr::Null(Type::Bool))];
            Some(Ok(Expr::Case(branches, Box::new(truth), Type::Bool)))
        }
        (
            "now"
            | "clock_timestamp"
            | "statement_timestamp"
            | "transaction_timestamp"
            | "timeofday",
            _,
        ) => Some(Err("it depends on the clock".to_owned())),
        _ => None,
    }
}

fn is_utc(zone: &Expr) -> bool {
    let names = ["utc", "gmt", "etc/utc", "zulu"];
    matches!(zone, Expr::Literal(Literal::Text(zone), _)
        if names.contains(&zone.to_ascii_lowercase().as_str()))
}

fn truncated(unit: &Expr, value: Expr) -> Result<Expr, String> {
    const UNITS: [&str; 8] = [
        "second", "minute", "hour", "day", "week", "month", "quarter", "year",
    ];
    let Expr::Literal(Literal::Text(unit), _) = unit else {
        return Err("the part of a date is not constant".to_owned());
    };
    let lower = unit.to_ascii_lowercase();
    let unit = UNITS
        .into_iter()
        .find(|known| *known == lower)
        .ok_or_else(|| format!("the part `{unit}` of a date is not translated yet"))?;
    Ok(call(
        Function::Truncated(unit),
        vec![value],
        Type::Timestamp,
    ))
}

/// `extract`, which gives a `numeric`, and `date_part`, which gives a `double precision`.
fn date_part(name: &str, arguments: &[Expr]) -> Result<Expr, String> {
    let [part, value] = arguments else {
        return Err("it has no part".to_owned());
    };
    let Expr::Literal(Literal::Text(part), _) = part else {
        return Err("the part of a date is not constant".to_owned());
    };
    let part = part.to_ascii_lowercase();
    let found = value.data_type();
    if part == "epoch"
        && matches!(found, Type::Interval | Type::Timestamp | Type::Timestamptz)
        && name == "extract"
    {
        return Ok(call(Function::Epoch, vec![value.clone()], Type::Numeric));
    }
    if found == Type::Timestamptz {
        return Err("it depends on the time zone of the session".to_owned());
    }
    let (is_date, is_time) = (found == Type::Date, found == Type::Time);
    let known = match part.as_str() {
        "hour" if !is_date => Some(DatePart::Hour),
        "minute" if !is_date => Some(DatePart::Minute),
        "second" if !is_date && name == "extract" => Some(DatePart::Second),
        _ if is_time => None,
        "year" => Some(DatePart::Year),
        "quarter" => Some(DatePart::Quarter),
        "month" => Some(DatePart::Month),
        "week" => Some(DatePart::Week),
        "day" => Some(DatePart::Day),
        "doy" => Some(DatePart::DayOfYear),
        "dow" => Some(DatePart::DayOfWeek),
        "isodow" => Some(DatePart::IsoDayOfWeek),
        _ => None,
    };
    let Some(known) = known.filter(|_| found != Type::Interval) else {
        return Err(format!("the part `{part}` of a date is not translated yet"));
    };
    let whole = match (known, is_time) {
        (DatePart::Second, _) => Type::Numeric,
        (_, true) => Type::Int8,
        (_, false) => Type::Int4,
    };
    let found = call(Function::DatePart(known), vec![value.clone()], whole);
    match name {
        "extract" => retyped(found, Type::Numeric),
        _ => retyped(found, Type::Float8),
    }
}
