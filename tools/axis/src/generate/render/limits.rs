//! What a type refuses of the values that its Rust type holds, as conditions in Rust.

use super::super::contract::{Range, Scalar, Value};

/// When PostgreSQL refuses a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// As it reads the parameter, before it looks at any column.
    Input,
    /// As it fits the value to the length or the precision of its column.
    Coercion,
    /// Both at once: so it reads members, elements and values of a domain that has a type of its own.
    Both,
}

/// The condition under which a value, or an element of it, is refused. `value` is a reference; `length` stands for the
/// length of a character type.
pub(super) fn refuses(
    value: &Value,
    stage: Stage,
    name: &str,
    length: Option<&str>,
) -> Option<String> {
    let each: Vec<String> = conditions(value, stage, name, length)
        .into_iter()
        .map(|condition| format!("!{condition}"))
        .collect();
    of_value(value, name, "any", &each.join(" || "))
}

/// The condition under which a value, and each element of it, is accepted as a part of another.
pub(super) fn accepts(value: &Value, name: &str) -> Option<String> {
    let each = conditions(value, Stage::Both, name, None).join(" && ");
    of_value(value, name, "all", &each)
}

fn conditions(value: &Value, stage: Stage, name: &str, length: Option<&str>) -> Vec<String> {
    let subject = if value.is_array { "element" } else { name };
    of_scalar(&value.scalar, stage, subject, length)
}

fn of_value(value: &Value, name: &str, quantifier: &str, each: &str) -> Option<String> {
    if each.is_empty() {
        return None;
    }
    let owner = name.strip_prefix('&').unwrap_or(name);
    Some(match (value.is_array, value.has_null_elements()) {
        (false, _) => each.to_owned(),
        (true, true) => format!("{owner}.iter().flatten().{quantifier}(|element| {each})"),
        (true, false) => format!("{owner}.iter().{quantifier}(|element| {each})"),
    })
}

/// The parts of `postgres.rs` that the conditions call.
pub(super) fn parts(scalar: &Scalar) -> Vec<&'static str> {
    let mut parts = Vec::new();
    if !matches!(scalar, Scalar::Own { .. }) {
        parts.extend(input_function(scalar));
    }
    match scalar {
        Scalar::Characters { .. } => parts.push("characters"),
        Scalar::NumericOf { .. } => parts.push("numeric_of"),
        Scalar::Bits {
            length: Some(_),
            is_exact,
            ..
        } => parts.push(bits_function(*is_exact)),
        Scalar::Range(range) | Scalar::Multirange(range) if range.subtype != Scalar::Text => {
            parts.push(match last(range) {
                Some(_) => "integer_range",
                None => "range",
            });
            parts.extend(order_function(&range.subtype));
        }
        _ => {}
    }
    parts
}

/// The conditions under which a value is accepted, each a function's call.
fn of_scalar(scalar: &Scalar, stage: Stage, value: &str, length: Option<&str>) -> Vec<String> {
    let mut conditions = Vec::new();
    if stage != Stage::Coercion {
        match scalar {
            Scalar::Composite(_) | Scalar::Domain(_) => {
                if scalar.has_limits() {
                    let owner = value.strip_prefix('&').unwrap_or(value);
                    conditions.push(format!("{owner}.is_accepted()"));
                }
            }
            Scalar::Range(range) => conditions.extend(range_conditions(range, value)),
            Scalar::Multirange(range) => {
                let owner = value.strip_prefix('&').unwrap_or(value);
                let each = range_conditions(range, "range").join(" && ");
                conditions.push(format!("{owner}.0.iter().all(|range| {each})"));
            }
            _ => {
                let function = input_function(scalar);
                conditions
                    .extend(function.map(|function| format!("{POSTGRES}{function}({value})")));
            }
        }
    }
    if stage != Stage::Input {
        match scalar {
            Scalar::Characters { length: number, .. } => {
                let length = length.map_or_else(|| number.to_string(), ToOwned::to_owned);
                conditions.push(format!("{POSTGRES}characters({value}, {length})"));
            }
            Scalar::NumericOf { precision, scale } => {
                conditions.push(format!(
                    "{POSTGRES}numeric_of({value}, {precision}, {scale})"
                ));
            }
            Scalar::Bits {
                length: Some(length),
                is_exact,
                ..
            } => {
                let function = bits_function(*is_exact);
                conditions.push(format!("{POSTGRES}{function}({value}, {length})"));
            }
            _ => {}
        }
    }
    conditions
}

const POSTGRES: &str = "postgres::";

fn range_conditions(range: &Range, value: &str) -> Vec<String> {
    let owner = value.strip_prefix('&').unwrap_or(value);
    let bounds = input_function(&range.subtype).map(|function| match function {
        // It takes a `str`.
        "text" => format!("{owner}.bounds().all(|bound| {POSTGRES}text(bound))"),
        _ => format!("{owner}.bounds().all({POSTGRES}{function})"),
    });
    if range.subtype == Scalar::Text {
        return bounds.into_iter().collect();
    }
    let order = match (last(range), order_function(&range.subtype)) {
        (Some(last), _) => format!("{POSTGRES}integer_range({value}, {last})"),
        (None, Some(order)) => format!("{POSTGRES}range({value}, {POSTGRES}{order})"),
        (None, None) => format!("{POSTGRES}range({value}, Ord::cmp)"),
    };
    bounds.into_iter().chain([order]).collect()
}

fn bits_function(is_exact: bool) -> &'static str {
    match is_exact {
        true => "bit",
        false => "varbit",
    }
}

/// The last value of a range that is kept as `[lower, upper)`, where Rust has it.
fn last(range: &Range) -> Option<&'static str> {
    match range.subtype {
        _ if range.name.schema != "pg_catalog" => None,
        Scalar::Int4 => Some("i32::MAX"),
        Scalar::Int8 => Some("i64::MAX"),
        _ => None,
    }
}

/// What orders values as PostgreSQL does, where Rust does not.
fn order_function(scalar: &Scalar) -> Option<&'static str> {
    match scalar {
        Scalar::Timestamptz { .. } => Some("timestamptz_order"),
        Scalar::Timestamp { .. } => Some("timestamp_order"),
        Scalar::Time { .. } => Some("time_order"),
        Scalar::Float4 | Scalar::Float8 => Some("float_order"),
        _ => None,
    }
}

/// The function that holds what PostgreSQL refuses as it reads a value.
fn input_function(scalar: &Scalar) -> Option<&'static str> {
    Some(match scalar {
        Scalar::Text | Scalar::Characters { .. } | Scalar::CChar => "text",
        Scalar::Timestamptz { .. } => "timestamptz",
        Scalar::Timestamp { .. } => "timestamp",
        Scalar::Date => "date",
        Scalar::Time { .. } => "time",
        Scalar::Jsonb => "jsonb",
        Scalar::Numeric | Scalar::NumericOf { .. } => "numeric",
        // Its part of the file holds the function too, under the type's name.
        Scalar::Own { own, .. } if own.has_limits => own.type_name,
        _ => return None,
    })
}
