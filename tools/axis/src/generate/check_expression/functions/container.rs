//! Documents and arrays.

use super::super::tree::{Expr, Function, Literal, Type};
use super::call;
use super::reason::{unknown_operator, unknown_operator_of};

pub(super) fn member(name: &str, arguments: Vec<Expr>) -> Result<Expr, String> {
    let [value, key] =
        <[Expr; 2]>::try_from(arguments).map_err(|found| unknown_operator(name, &found))?;
    let function = match key {
        Expr::Literal(Literal::Text(key), _) => Function::JsonbGet(key),
        Expr::Literal(Literal::Int(index), _) => Function::JsonbGetIndex(index),
        _ => return Err(format!("it asks `{name}` for a key that is not constant")),
    };
    let data_type = value.data_type();
    let text = match data_type {
        Type::Json => Function::JsonText,
        _ => Function::JsonbText,
    };
    let value = match &value {
        // What was a member of it was looked at already.
        Expr::Call(Function::JsonbGet(_) | Function::JsonbGetIndex(_), ..) => value,
        _ if data_type == Type::Json => call(Function::JsonParsed, vec![value], Type::Json),
        _ => value,
    };
    let found = call(function, vec![value], data_type);
    Ok(match name {
        "->" => found,
        _ => call(text, vec![found], Type::Text),
    })
}

/// `jsonb - key`, `jsonb - keys`
pub(super) fn without(arguments: Vec<Expr>) -> Result<Expr, String> {
    const NOT_CONSTANT: &str = "it takes keys away that are not constant";
    let [value, keys] = <[Expr; 2]>::try_from(arguments).map_err(|_| NOT_CONSTANT)?;
    let keys = match keys {
        Expr::Literal(Literal::Text(key), _) => vec![key],
        Expr::Literal(Literal::Array(keys), _) => keys
            .into_iter()
            .flatten()
            .filter_map(|key| match key {
                Literal::Text(key) => Some(key),
                _ => None,
            })
            .collect(),
        Expr::Null(_) => return Ok(Expr::Null(Type::Jsonb)),
        _ => return Err(NOT_CONSTANT.to_owned()),
    };
    Ok(match value {
        Expr::Call(Function::JsonbWithout(mut known), inner, found) => {
            known.extend(keys);
            call(Function::JsonbWithout(known), inner, found)
        }
        value => call(Function::JsonbWithout(keys), vec![value], Type::Jsonb),
    })
}

pub(super) fn contains(name: &str, arguments: Vec<Expr>, element: &Type) -> Result<Expr, String> {
    let types: Vec<Type> = arguments.iter().map(Expr::data_type).collect();
    let refused = || unknown_operator_of(name, &types);
    let [left, right] = <[Expr; 2]>::try_from(arguments).map_err(|_| refused())?;
    let (array, constants, is_flipped) = match (left, right) {
        (array, Expr::Literal(Literal::Array(constants), _)) => (array, constants, false),
        (Expr::Literal(Literal::Array(constants), _), array) => (array, constants, true),
        _ => return Err("it compares arrays that are not constant".to_owned()),
    };
    if matches!(
        element,
        Type::Citext | Type::Float4 | Type::Float8 | Type::Jsonb
    ) {
        return Err(refused());
    }
    let has_null = constants.iter().any(Option::is_none);
    let known: Vec<Literal> = constants.into_iter().flatten().collect();
    let function = match (name, is_flipped) {
        ("<@", false) | ("@>", true) => Function::ContainedBy(known),
        ("@>", false) | ("<@", true) if has_null => {
            // No element equals NULL, so it is false unless the array itself is NULL.
            return Err("it asks for NULL within an array".to_owned());
        }
        ("@>", false) | ("<@", true) => Function::Contains(known),
        _ => Function::Overlaps(known),
    };
    Ok(call(function, vec![array], Type::Bool))
}

/// `#>` and `#>>` by a constant path.
pub(super) fn path(name: &str, arguments: Vec<Expr>) -> Result<Expr, String> {
    let [value, keys] =
        <[Expr; 2]>::try_from(arguments).map_err(|found| unknown_operator(name, &found))?;
    let Expr::Literal(Literal::Array(keys), _) = keys else {
        return Err(format!("it asks `{name}` for a path that is not constant"));
    };
    let keys: Option<Vec<String>> = keys
        .into_iter()
        .map(|key| match key {
            Some(Literal::Text(key)) => Some(key),
            _ => None,
        })
        .collect();
    let Some(keys) = keys else {
        return Ok(Expr::Null(Type::Jsonb));
    };
    // A place in an array is a number in any form that C reads.
    if keys.iter().any(|key| {
        key.starts_with(|first: char| {
            first.is_ascii_digit() || " \t\n\u{b}\u{c}\r+-".contains(first)
        }) && key
            .parse::<u16>()
            .map_or(true, |number| number.to_string() != *key)
    }) {
        return Err(format!(
            "it asks `{name}` for a place that is no plain number"
        ));
    }
    let found = call(Function::JsonbPath(keys), vec![value], Type::Jsonb);
    Ok(match name {
        "#>" => found,
        _ => call(Function::JsonbText, vec![found], Type::Text),
    })
}

/// `@>` and `<@` of documents, one of which is a constant.
pub(super) fn document_contains(name: &str, mut arguments: Vec<Expr>) -> Result<Expr, String> {
    if name == "<@" {
        arguments.reverse();
    }
    match <[Expr; 2]>::try_from(arguments) {
        Ok([value, Expr::Literal(Literal::Json(document), _)]) => Ok(call(
            Function::JsonbContains(document),
            vec![value],
            Type::Bool,
        )),
        _ => Err(format!(
            "it asks `{name}` for a document that is not constant"
        )),
    }
}
