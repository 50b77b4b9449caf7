//! Values by what a rule does with a column.

use std::collections::BTreeMap;

use super::super::draw::Draw;
use super::super::judge::Value;
use super::pattern;
use crate::generate::check_expression::{Expr, Function, Literal, Part, Type};

/// The values that a rule suggests, by column.
pub(super) fn of_rule(rule: &Expr, found: &mut BTreeMap<String, Vec<Draw>>) {
    rule.visit(&mut |part| match part {
        Expr::Call(function, arguments, _) => of_call(function, arguments, found),
        Expr::Distinct(left, right) => {
            let sides = [left.as_ref().clone(), right.as_ref().clone()];
            of_call(&Function::In, &sides, found);
        }
        Expr::Elements { value, array, .. } => {
            if let (Expr::Literal(literal, data_type), Some(array)) =
                (value.as_ref(), column(array))
            {
                let elements = scalars(literal, data_type);
                add(
                    found,
                    array,
                    elements
                        .iter()
                        .flat_map(|element| arrays(std::slice::from_ref(element))),
                );
            }
        }
        _ => {}
    });
}

fn add(
    found: &mut BTreeMap<String, Vec<Draw>>,
    column: &str,
    draws: impl IntoIterator<Item = Draw>,
) {
    let known = found.entry(column.to_owned()).or_default();
    for draw in draws {
        if !known.contains(&draw) {
            known.push(draw);
        }
    }
}

/// The column that an expression is, or is made of by casts, trims and changes of case.
fn column(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Column(name, _) => Some(name),
        Expr::Call(_, arguments, _) => arguments.first().and_then(column),
        Expr::Coalesce(parts, _) => parts.first().and_then(column),
        Expr::Case(branches, otherwise, _) => {
            column(otherwise).or_else(|| branches.iter().find_map(|(_, value)| column(value)))
        }
        _ => None,
    }
}

/// Calls the visitor with each column below.
fn columns(expr: &Expr) -> Vec<(String, Type)> {
    let mut found = Vec::new();
    expr.visit(&mut |part| {
        if let Expr::Column(name, data_type) = part {
            found.push((name.clone(), data_type.clone()));
        }
    });
    found
}

fn of_call(function: &Function, arguments: &[Expr], found: &mut BTreeMap<String, Vec<Draw>>) {
    let Some(subject) = arguments.first() else {
        return;
    };
    let texts = |found: &mut BTreeMap<String, Vec<Draw>>, texts: Vec<String>| {
        if let Some(column) = column(subject).filter(|_| is_text_below(subject)) {
            add(found, column, texts.into_iter().map(Draw::text));
        }
    };
    match function {
        Function::Compare(_) | Function::Between | Function::In => {
            for constant in arguments.iter().skip(1) {
                if let Expr::Literal(literal, data_type) = constant {
                    compared(subject, literal, data_type, found);
                }
            }
            // Column against column: both get the same values.
            if let [Expr::Column(left, data_type), Expr::Column(right, other)] = arguments
                && data_type == other
            {
                for name in [left, right] {
                    add(found, name, everyday(data_type));
                }
            }
        }
        Function::Matches(matched) => {
            let mut all = pattern::samples(&matched.rust);
            let near: Vec<String> = all
                .iter()
                .take(4)
                .flat_map(|text| pattern::neighbours(text))
                .collect();
            all.extend(near);
            texts(found, all);
        }
        Function::Like(parts) => {
            let with = |many: &str, one: &str| -> String {
                parts
                    .iter()
                    .map(|part| match part {
                        Part::Text(text) => text.clone(),
                        Part::One => one.to_owned(),
                        Part::Many => many.to_owned(),
                    })
                    .collect()
            };
            let matched = with("", "a");
            let mut all = vec![
                matched.clone(),
                with("xyz", "é"),
                with("\n", "b"),
                with("", ""),
            ];
            all.extend(pattern::neighbours(&matched));
            texts(found, all);
        }
        Function::StartsWith(text) | Function::Position(text) => {
            texts(
                found,
                vec![
                    text.clone(),
                    format!("{text}a"),
                    format!("a{text}"),
                    String::new(),
                ],
            );
        }
        Function::Lower | Function::Upper | Function::LowerAscii | Function::UpperAscii => {
            let all = ["abc", "ABC", "aBc", "é", "É", "ß", "İ", "ı", "ǅ", "Σς", "1"];
            texts(found, all.map(str::to_owned).to_vec());
        }
        Function::Trim(_, characters) => {
            let some: String = characters.chars().take(1).collect();
            let all = vec![
                format!("{some}a{some}"),
                format!("a{some}"),
                format!("{some}a"),
                some.clone(),
                format!("{some}{some}"),
                "\ta\n".to_owned(),
            ];
            texts(found, all);
        }
        Function::JsonbTypeof
        | Function::JsonbGet(_)
        | Function::JsonbGetIndex(_)
        | Function::JsonbHasKeys(..)
        | Function::JsonbArrayLength
        | Function::JsonbText => {
            for (name, data_type) in columns(subject) {
                if matches!(data_type, Type::Json | Type::Jsonb) {
                    let inner = kinds();
                    let all = inner
                        .iter()
                        .map(|kind| wrapped(subject, function, kind.clone()));
                    add(found, &name, all.chain(inner.iter().cloned()).map(document));
                }
            }
        }
        Function::ContainedBy(constants)
        | Function::Contains(constants)
        | Function::Overlaps(constants) => {
            if let (Some(name), Type::Array(element)) = (column(subject), subject.data_type()) {
                let elements: Vec<Draw> = constants
                    .iter()
                    .flat_map(|constant| scalars(constant, &element))
                    .collect();
                let each = elements
                    .iter()
                    .flat_map(|one| arrays(std::slice::from_ref(one)));
                add(found, name, each.chain(arrays(&elements)));
            }
        }
        _ => {}
    }
}

fn is_text_below(expr: &Expr) -> bool {
    columns(expr).iter().all(|(_, found)| {
        matches!(
            found,
            Type::Text | Type::Bpchar | Type::Citext | Type::Enum(_)
        )
    })
}

/// Values beside a constant that something is compared with.
fn compared(
    subject: &Expr,
    literal: &Literal,
    data_type: &Type,
    found: &mut BTreeMap<String, Vec<Draw>>,
) {
    let Some(name) = column(subject) else {
        return;
    };
    match (subject, literal) {
        (Expr::Column(..), _) => add(found, name, scalars(literal, data_type)),
        (Expr::Call(function, arguments, _), Literal::Int(length)) => {
            let lengths: Vec<usize> = [length - 1, *length, length + 1]
                .into_iter()
                .filter_map(|length| usize::try_from(length).ok())
                .collect();
            match function {
                Function::Length => {
                    let all = lengths.iter().flat_map(|length| {
                        [
                            "a".repeat(*length),
                            "é".repeat(*length),
                            " ".repeat(*length),
                        ]
                    });
                    if is_text_below(subject) {
                        add(found, name, all.map(Draw::text));
                    }
                }
                Function::OctetLength => {
                    let is_text = is_text_below(subject);
                    for length in lengths {
                        let draw = match is_text {
                            true => Draw::text("a".repeat(length)),
                            false => bytes(&vec![b'a'; length]),
                        };
                        add(found, name, [draw]);
                    }
                }
                Function::Cardinality | Function::ArrayLength => {
                    if let Some(Type::Array(element)) = arguments.first().map(Expr::data_type) {
                        let one = everyday(&element).into_iter().next();
                        let all = one.into_iter().flat_map(|one| {
                            lengths
                                .iter()
                                .map(move |length| array(&vec![one.clone(); *length]))
                                .collect::<Vec<_>>()
                        });
                        add(found, name, all);
                    }
                }
                Function::JsonbArrayLength => {
                    for (name, data_type) in columns(subject) {
                        if data_type == Type::Jsonb {
                            let all = lengths.iter().map(|length| {
                                let elements = vec![serde_json::Value::from(1); *length];
                                document(wrapped(subject, function, elements.into()))
                            });
                            add(found, &name, all);
                        }
                    }
                }
                _ => add(
                    found,
                    name,
                    scalars(
                        literal,
                        &columns(subject)
                            .first()
                            .map_or(Type::Int4, |(_, found)| found.clone()),
                    ),
                ),
            }
        }
        (
            Expr::Call(Function::JsonbText | Function::JsonbTypeof | Function::Length, ..),
            Literal::Text(text),
        ) => {
            for (name, data_type) in columns(subject) {
                if matches!(data_type, Type::Json | Type::Jsonb) {
                    let value = serde_json::Value::from(text.as_str());
                    add(
                        found,
                        &name,
                        [document(wrapped(subject, &Function::JsonbText, value))],
                    );
                }
            }
        }
        (_, Literal::Text(_)) if is_text_below(subject) => {
            add(found, name, scalars(literal, &Type::Text))
        }
        _ => {
            let below = columns(subject);
            if let [(name, data_type)] = below.as_slice() {
                add(found, name, scalars(literal, data_type));
            }
        }
    }
}

/// A constant and what is beside it.
fn scalars(literal: &Literal, data_type: &Type) -> Vec<Draw> {
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
        Literal::Numeric(digits, scale) => numerics(*digits, *scale),
        Literal::Text(text) => match data_type {
            Type::Enum(_) => vec![Draw::text(text.clone())],
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
        Literal::Date(days) => [-1, 0, 1]
            .into_iter()
            .filter_map(|more| date(i64::from(*days) + more))
            .collect(),
        Literal::Microseconds(value) => [-1_000_000, -1, 0, 1, 1_000_000]
            .into_iter()
            .filter_map(|more| moment(value + more, data_type))
            .collect(),
        _ => Vec::new(),
    }
}

fn numerics(digits: i128, scale: i64) -> Vec<Draw> {
    let finer = |more: i128| number(digits * 10 + more, scale + 1);
    [-1, 0, 1]
        .map(|more| number(digits + more, scale))
        .into_iter()
        .chain([-6, -5, -4, -1, 1, 4, 5, 6].map(finer))
        .map(Draw::text)
        .collect()
}

/// Digits with a point.
fn number(digits: i128, scale: i64) -> String {
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

fn date(days: i64) -> Option<Draw> {
    let (year, month, day) = calendar(days)?;
    Some(Draw::text(format!("{year:04}-{month:02}-{day:02}")))
}

fn moment(microseconds: i64, data_type: &Type) -> Option<Draw> {
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

/// Days since 2000-01-01 as a day of the calendar, of the years that have four digits.
fn calendar(days: i64) -> Option<(i64, i64, i64)> {
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
    (1..=9999).contains(&year).then_some((year, month, day))
}

fn bytes(value: &[u8]) -> Draw {
    let digits: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = value
        .iter()
        .map(|byte| Value::Unsigned((*byte).into()))
        .collect();
    Draw::new(Value::List(list), format!("\\x{digits}"))
}

/// Values of a type that differ, for columns that are compared with each other.
fn everyday(data_type: &Type) -> Vec<Draw> {
    match data_type {
        Type::Int2 | Type::Int4 | Type::Int8 | Type::Float4 | Type::Float8 | Type::Numeric => {
            scalars(&Literal::Int(5), data_type)
        }
        Type::Text | Type::Bpchar | Type::Citext => ["a", "b"].map(Draw::text).to_vec(),
        Type::Date => scalars(&Literal::Date(9_000), data_type),
        Type::Timestamp | Type::Timestamptz => {
            scalars(&Literal::Microseconds(800_000_000_000_000), data_type)
        }
        Type::Time => scalars(&Literal::Microseconds(3_600_000_000), data_type),
        Type::Bool => [true, false]
            .map(|value| Draw::new(Value::Bool(value), value.to_string()))
            .to_vec(),
        _ => Vec::new(),
    }
}

fn array(elements: &[Draw]) -> Draw {
    let quoted =
        |literal: &String| format!("\"{}\"", literal.replace('\\', "\\\\").replace('"', "\\\""));
    let literals: Vec<String> = elements
        .iter()
        .filter_map(|element| element.literal.as_ref().map(quoted))
        .collect();
    let values = elements
        .iter()
        .filter_map(|element| element.value.clone())
        .collect();
    Draw::new(Value::List(values), format!("{{{}}}", literals.join(",")))
}

fn arrays(elements: &[Draw]) -> Vec<Draw> {
    let twice: Vec<Draw> = elements.iter().chain(elements).cloned().collect();
    vec![array(&[]), array(elements), array(&twice)]
}

/// JSON of each kind.
fn kinds() -> Vec<serde_json::Value> {
    use serde_json::json;
    vec![
        json!(null),
        json!(true),
        json!(1),
        json!(1.5),
        json!("a"),
        json!("long ".repeat(60)),
        json!([]),
        json!([1, "a", null]),
        json!({}),
        json!({"a": 1}),
    ]
}

/// A document in which the path of an expression leads to a value.
fn wrapped(path: &Expr, function: &Function, value: serde_json::Value) -> serde_json::Value {
    let value = match function {
        Function::JsonbGet(key) => serde_json::json!({ key: value }),
        Function::JsonbGetIndex(index) => {
            let before = usize::try_from(*index).unwrap_or_default().min(9);
            let mut elements = vec![serde_json::Value::Null; before];
            elements.push(value);
            elements.into()
        }
        Function::JsonbHasKeys(keys, _) => {
            let members = keys.iter().map(|key| (key.clone(), value.clone()));
            serde_json::Value::Object(members.collect())
        }
        _ => value,
    };
    match path {
        Expr::Call(function, arguments, _) => match arguments.first() {
            Some(inner) => wrapped(inner, function, value),
            None => value,
        },
        _ => value,
    }
}

fn document(value: serde_json::Value) -> Draw {
    Draw::new(json(&value), value.to_string())
}

fn json(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Value::Int(value),
            (_, Some(value)) => Value::Unsigned(value),
            _ => Value::Float8(number.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(elements) => Value::List(elements.iter().map(json).collect()),
        serde_json::Value::Object(members) => Value::Map(
            members
                .iter()
                .map(|(key, member)| (key.clone(), json(member)))
                .collect(),
        ),
    }
}
