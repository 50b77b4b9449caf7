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
