//! Documents in which the path of a rule leads to a value.

use super::super::super::draw::Draw;
use super::super::super::judge::Value;
use crate::generate::check_expression::{Expr, Function};

/// JSON of each kind.
pub(super) fn kinds() -> Vec<serde_json::Value> {
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
pub(super) fn wrapped(
    path: &Expr,
    function: &Function,
    value: serde_json::Value,
) -> serde_json::Value {
    let value = match function {
        Function::JsonbGet(key) => serde_json::json!({ key: value }),
        Function::JsonbGetIndex(index) => {
            let before = usize::try_from(*index).unwrap_or_default().min(9);
            let mut elements = vec![serde_json::Value::Null; before];
            elements.push(value);
            elements.into()
        }
        Function::JsonbPath(keys) => {
            keys.iter()
                .rev()
                .fold(value, |value, key| match key.parse::<usize>() {
                    Ok(place) => {
                        let mut elements = vec![serde_json::Value::Null; place.min(9)];
                        elements.push(value);
                        elements.into()
                    }
                    Err(_) => serde_json::json!({ key: value }),
                })
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

/// A document, and others that lack one part of it.
pub(super) fn with_and_without(document: &serde_json::Value) -> Vec<serde_json::Value> {
    let mut all = vec![document.clone()];
    match document {
        serde_json::Value::Object(members) => {
            for (key, member) in members {
                let mut without = members.clone();
                without.remove(key);
                all.push(without.into());
                for other in with_and_without(member).into_iter().skip(1) {
                    let mut changed = members.clone();
                    changed.insert(key.clone(), other);
                    all.push(changed.into());
                }
            }
            let mut more = members.clone();
            more.insert("further".to_owned(), 1.into());
            all.push(more.into());
        }
        serde_json::Value::Array(elements) => {
            for place in 0..elements.len() {
                let mut without = elements.clone();
                without.remove(place);
                all.push(without.into());
            }
            let mut more = elements.clone();
            more.push("further".into());
            all.push(more.into());
        }
        other => all.extend([serde_json::json!([other]), serde_json::json!("other")]),
    }
    all
}

/// Objects that have the members of two of those that are given: first one of each two sets of keys.
pub(super) fn merged(draws: &[Draw]) -> Vec<Draw> {
    let objects: Vec<serde_json::Map<String, serde_json::Value>> = draws
        .iter()
        .filter_map(|draw| match serde_json::from_str(draw.literal.as_ref()?) {
            Ok(serde_json::Value::Object(members)) if !members.is_empty() => Some(members),
            _ => None,
        })
        .collect();
    let mut first: Vec<&serde_json::Map<_, _>> = Vec::new();
    for object in &objects {
        if !first.iter().any(|known| known.keys().eq(object.keys())) {
            first.push(object);
        }
    }
    let mut found: Vec<Draw> = Vec::new();
    for objects in [first, objects.iter().collect()] {
        for (place, left) in objects.iter().enumerate() {
            for right in objects.iter().skip(place + 1) {
                if left.keys().eq(right.keys()) {
                    continue;
                }
                let mut both = (*left).clone();
                both.extend((*right).clone());
                let both = document(both.into());
                if !found.contains(&both) {
                    found.push(both);
                }
                if found.len() >= MERGED {
                    return found;
                }
            }
        }
    }
    found
}

/// More are not merged.
const MERGED: usize = 60;

pub(super) fn document(value: serde_json::Value) -> Draw {
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
