//! Ranges.

use super::super::tree::{Expr, Function, RangeSide, Type};
use super::call;

/// An operator of ranges of one type, or of a range and what it is of.
pub(super) fn operator(
    name: &str,
    arguments: &[Expr],
    types: &[Type],
) -> Option<Result<Expr, String>> {
    let [left, right] = types else {
        return None;
    };
    let of = |function, is_flipped| {
        let mut arguments = arguments.to_vec();
        if is_flipped {
            arguments.reverse();
        }
        Some(Ok(call(function, arguments, Type::Bool)))
    };
    match (name, left, right) {
        ("@>", Type::Range(bound), other) if **bound == *other => of(Function::RangeHolds, false),
        ("<@", other, Type::Range(bound)) if **bound == *other => of(Function::RangeHolds, true),
        ("@>" | "<@", Type::Range(left), Type::Range(right)) if left == right => {
            of(Function::RangeContains, name == "<@")
        }
        ("&&", Type::Range(left), Type::Range(right)) if left == right => {
            of(Function::RangesOverlap, false)
        }
        _ => None,
    }
}

/// A function of a range.
pub(super) fn function(
    name: &str,
    arguments: &[Expr],
    result: &Type,
) -> Option<Result<Expr, String>> {
    let [only] = arguments else {
        return None;
    };
    if !matches!(only.data_type(), Type::Range(_)) {
        return None;
    }
    let function = match name {
        "lower" => Function::RangeBound(RangeSide::Lower),
        "upper" => Function::RangeBound(RangeSide::Upper),
        "lower_inc" => Function::RangeIncludes(RangeSide::Lower),
        "upper_inc" => Function::RangeIncludes(RangeSide::Upper),
        "lower_inf" => Function::RangeIsEndless(RangeSide::Lower),
        "upper_inf" => Function::RangeIsEndless(RangeSide::Upper),
        "isempty" => Function::RangeIsEmpty,
        _ => return None,
    };
    Some(Ok(call(function, vec![only.clone()], result.clone())))
}
