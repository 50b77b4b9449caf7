//! Values by what a rule does with a column.

mod array;
mod behind;
mod calculation;
mod calendar;
mod compared;
mod document;
mod line;
mod network;
mod scalar;
mod time;

use std::collections::BTreeMap;

use super::super::draw::Draw;
use super::super::judge::Value;
use super::pattern;
use crate::generate::check_expression::{Expr, Function, Literal, Part, Type};
pub(super) use array::array;
use array::arrays;
use calculation::{calculation, of_texts};
use compared::compared;
use document::{document, kinds, merged, with_and_without, wrapped};
pub(crate) use line::Line;
pub(super) use scalar::{beside, number};
use scalar::{everyday, rounded, scalars};

/// The values that a rule suggests, by column.
pub(super) fn of_rule(rule: &Expr, found: &mut BTreeMap<String, Vec<Draw>>) {
    rule.visit(&mut |part| match part {
        Expr::Call(function, arguments, _) => {
            of_call(function, arguments, found);
            time::of_part(part, found);
        }
        Expr::Distinct(left, right) => {
            let sides = [left.as_ref().clone(), right.as_ref().clone()];
            of_call(&Function::In, &sides, found);
            let compared = Expr::Call(Function::In, sides.to_vec(), Type::Bool);
            time::of_part(&compared, found);
        }
        Expr::Elements { value, array, .. } => {
            // Column against the elements of another: both get the same values.
            if let (Expr::Column(name, data_type), Some(array)) = (value.as_ref(), column(array)) {
                let values = everyday(data_type);
                let each = values.iter().map(std::slice::from_ref).flat_map(arrays);
                add(found, array, each.collect::<Vec<_>>());
                add(found, name, values);
            }
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
    for (name, data_type) in columns(rule) {
        // What is calculated of a `real` is calculated as a `double precision`.
        if let (Type::Float4, Some(draws)) = (data_type, found.get_mut(&name)) {
            for draw in draws {
                if let Some(Value::Float8(value)) = draw.value {
                    #[expect(clippy::cast_possible_truncation, reason = "the nearest is as good")]
                    let value = value as f32;
                    *draw = Draw::new(Value::Float4(value), format!("{value:e}"));
                }
            }
        }
    }
    for (name, data_type) in columns(rule) {
        if let Some(draws) = found.get_mut(&name) {
            draws.retain(|draw| is_of(draw, &data_type));
        }
    }
    for draws in found.values_mut() {
        let merged = merged(draws);
        draws.extend(merged);
    }
    let types: BTreeMap<String, Type> = columns(rule).into_iter().collect();
    for (name, data_type) in types {
        if matches!(data_type, Type::Text | Type::Bpchar | Type::Citext)
            && let Some(draws) = found.get_mut(&name)
        {
            let joined = joined(draws);
            draws.extend(joined);
        }
    }
}

/// Whether a value is one that serde reads as of the type: what a column is compared with may be of another.
fn is_of(draw: &Draw, data_type: &Type) -> bool {
    match data_type {
        Type::Int2 | Type::Int4 | Type::Int8 | Type::Oid => {
            matches!(draw.value, Some(Value::Int(_) | Value::Unsigned(_)) | None)
        }
        Type::Float4 => matches!(draw.value, Some(Value::Float4(_)) | None),
        Type::Float8 => matches!(draw.value, Some(Value::Float8(_)) | None),
        Type::Bool => matches!(draw.value, Some(Value::Bool(_)) | None),
        _ => true,
    }
}

/// More texts are not joined with each other.
const JOINED: usize = 12;

/// Texts that begin as one and end as another: one condition holds because of the start, and one does not because of the end.
fn joined(draws: &[Draw]) -> Vec<Draw> {
    let texts = draws.iter().filter_map(|draw| match &draw.value {
        Some(Value::Text(text)) if !text.is_empty() && text.len() < 40 => Some(text),
        _ => None,
    });
    let mut texts: Vec<&String> = texts.collect();
    // Some of each condition.
    let step = texts.len().div_ceil(JOINED).max(1);
    texts = texts.into_iter().step_by(step).collect();
    let mut found: Vec<Draw> = Vec::new();
    for left in &texts {
        for right in &texts {
            let both = Draw::text(format!("{left}{right}"));
            if !draws.contains(&both) && !found.contains(&both) {
                found.push(both);
            }
        }
    }
    found
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
        of_texts(subject, texts, found);
    };
    match function {
        Function::Compare(_) | Function::Between | Function::In => {
            for constant in arguments.iter().skip(1) {
                if let Expr::Literal(literal, data_type) = constant {
                    compared(subject, literal, data_type, found);
                }
            }
            calculation(arguments, found);
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
        Function::JsonbHasKeys(keys, _) => {
            let member = |key: &String| (key.clone(), serde_json::json!("a"));
            let all = serde_json::Value::Object(keys.iter().map(member).collect());
            let each = keys.iter().map(|key| [member(key)].into_iter().collect());
            let each = each.map(serde_json::Value::Object);
            let few: Vec<_> = each.chain(with_and_without(&all)).collect();
            for (name, data_type) in columns(subject) {
                if matches!(data_type, Type::Json | Type::Jsonb) {
                    let inner = kinds();
                    let wrapped = |value| wrapped(subject, &Function::JsonbText, value);
                    let all = few.iter().cloned().map(wrapped);
                    add(found, &name, all.chain(inner.iter().cloned()).map(document));
                }
            }
        }
        Function::JsonbTypeof
        | Function::JsonbGet(_)
        | Function::JsonbGetIndex(_)
        | Function::JsonbArrayLength
        | Function::JsonText
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
        Function::JsonbContains(text) => {
            if let Ok(wanted) = serde_json::from_str(text) {
                for (name, data_type) in columns(subject) {
                    if data_type == Type::Jsonb {
                        let all = with_and_without(&wanted).into_iter();
                        let all = all.map(|value| document(wrapped(subject, function, value)));
                        add(found, &name, all);
                    }
                }
            }
        }
        Function::JsonbPath(_) => {
            for (name, data_type) in columns(subject) {
                if data_type == Type::Jsonb {
                    let all = kinds().into_iter();
                    let all = all.map(|kind| document(wrapped(subject, function, kind)));
                    add(found, &name, all);
                }
            }
        }
        Function::Within { .. } => {
            if let [Expr::Column(name, data_type), Expr::Literal(network, _)]
            | [Expr::Literal(network, _), Expr::Column(name, data_type)] = arguments
            {
                add(found, name, scalars(network, data_type));
            }
        }
        Function::IsHost(address) => {
            if let Expr::Column(name, data_type) = subject {
                let bits = if address.is_ipv4() { 32 } else { 128 };
                add(found, name, network::beside(*address, bits, data_type));
            }
        }
        Function::Round(digits, _) => {
            if let Some(column) = column(subject) {
                let draws = match subject.data_type() {
                    Type::Float8 => {
                        let halves = [1.5, 2.0, 2.5, -4.5, 3.0];
                        let floats = halves.map(|value: f64| Literal::Float(value.to_bits()));
                        floats
                            .iter()
                            .flat_map(|value| scalars(value, &Type::Float8))
                            .collect()
                    }
                    _ => rounded(*digits),
                };
                add(found, column, draws);
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
        Function::JsonbWithout(keys) => {
            let member = |key: &str| serde_json::json!({ key: 1 });
            let all = keys.iter().map(|key| member(key)).chain([
                member("other"),
                serde_json::json!([keys.first()]),
                serde_json::json!(["other"]),
                serde_json::json!({}),
                serde_json::json!([]),
                serde_json::json!("text"),
                serde_json::Value::Object(keys.iter().map(|key| (key.clone(), 1.into())).collect()),
            ]);
            if let Expr::Column(name, _) = subject {
                add(found, name, all.map(document));
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
