//! Ranges.

use super::super::tree::{Comparison, Expr, Function, Literal, RangeSide, Type};
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
        // `[lower, upper)` begins with its lower bound.
        ("@>", Type::Range(bound), Type::Int4 | Type::Int8 | Type::Date)
            if matches!(arguments, [range, Expr::Call(Function::RangeBound(RangeSide::Lower), of, _)]
                if of.first() == Some(range))
                && **bound == *right =>
        {
            Some(Ok(true_unless_null(&arguments[1..])))
        }
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

/// `lower(range) < upper(range)` of whole numbers or days: PostgreSQL keeps no other ranges.
pub(super) fn bounds_in_order(comparison: Comparison, arguments: &[Expr]) -> Option<Expr> {
    let (comparison, lower, upper) = match arguments {
        [
            Expr::Call(
                Function::RangeBound(RangeSide::Lower),
                lower,
                Type::Int4 | Type::Int8 | Type::Date,
            ),
            Expr::Call(Function::RangeBound(RangeSide::Upper), upper, _),
        ] => (comparison, lower, upper),
        [
            Expr::Call(
                Function::RangeBound(RangeSide::Upper),
                upper,
                Type::Int4 | Type::Int8 | Type::Date,
            ),
            Expr::Call(Function::RangeBound(RangeSide::Lower), lower, _),
        ] => (comparison.flipped(), lower, upper),
        _ => return None,
    };
    let is_known = matches!(
        comparison,
        Comparison::Less | Comparison::LessOrEqual | Comparison::NotEqual
    );
    (lower == upper && is_known).then(|| true_unless_null(arguments))
}

fn true_unless_null(arguments: &[Expr]) -> Expr {
    let is_null = |found: &Expr| Expr::IsNull(Box::new(found.clone()));
    let any_null = Expr::Or(arguments.iter().map(is_null).collect());
    let truth = Expr::Literal(Literal::Bool(true), Type::Bool);
    let branches = vec![(any_null, Expr::Null(Type::Bool))];
    Expr::Case(branches, Box::new(truth), Type::Bool)
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
