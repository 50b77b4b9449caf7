//! Why something is not derived.

use super::super::constant::described;
use super::super::tree::{Expr, Type};

pub(super) fn unknown_operator(name: &str, arguments: &[Expr]) -> String {
    let types: Vec<Type> = arguments.iter().map(Expr::data_type).collect();
    unknown_operator_of(name, &types)
}

pub(super) fn unknown_operator_of(name: &str, types: &[Type]) -> String {
    format!(
        "the operator `{name}` of {} is not translated yet",
        list(types)
    )
}

pub(super) fn unknown_function(name: &str, types: &[Type]) -> String {
    match types.is_empty() {
        true => format!("the function `{name}` is not translated yet"),
        false => format!(
            "the function `{name}` of {} is not translated yet",
            list(types)
        ),
    }
}

pub(super) fn list(types: &[Type]) -> String {
    types
        .iter()
        .map(described)
        .collect::<Vec<_>>()
        .join(" and ")
}
