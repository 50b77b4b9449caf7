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
    let found = call(function, vec![value], Type::Jsonb);
    Ok(match name {
        "->" => found,
        _ => call(Function::JsonbText, vec![found], Type::Text),
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
