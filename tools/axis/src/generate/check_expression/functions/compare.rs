//! What can be compared.

use super::super::constant::described;
use super::super::tree::{Comparison, Expr, Function, Literal, Type};
use super::reason::unknown_operator_of;
use super::{Text, call};

pub(super) fn comparable(
    comparison: Comparison,
    left: &Type,
    right: &Type,
    text: Text<'_>,
) -> Result<(), String> {
    let is_equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    let refused = || {
        Err(format!(
            "it compares {} with {}",
            described(left),
            described(right)
        ))
    };
    match (left, right) {
        (Type::Text | Type::Bpchar, Type::Text | Type::Bpchar) if left == right => {
            if !text.is_deterministic {
                return Err("its collation takes different texts for equal".to_owned());
            }
            // Blanks at the end count in the order of `character`.
            match is_equality || (text.is_c && *left == Type::Text) {
                true => Ok(()),
                false => Err("the order of texts depends on the collation".to_owned()),
            }
        }
        (Type::Citext, Type::Citext) => match is_equality {
            true => Err("citext's equality is compared by its lowered texts".to_owned()),
            false => Err("the order of texts depends on the collation".to_owned()),
        },
        (left, right) if is_number(left) && is_number(right) => Ok(()),
        (Type::Jsonb, Type::Jsonb) if is_equality => Ok(()),
        (Type::Array(element), Type::Array(other)) if element == other && is_equality => {
            comparable(comparison, element, other, text)
        }
        (Type::Range(bound), Type::Range(other)) if bound == other && is_equality => Ok(()),
        (Type::Date, Type::Timestamp) | (Type::Timestamp, Type::Date) => Ok(()),
        (
            Type::Bool
            | Type::Bytea
            | Type::Uuid
            | Type::Date
            | Type::Timestamp
            | Type::Timestamptz
            | Type::Time
            | Type::Enum(_),
            _,
        ) if left == right => Ok(()),
        (Type::Inet | Type::Cidr, Type::Inet | Type::Cidr) | (Type::Interval, Type::Interval) => {
            Ok(())
        }
        _ => refused(),
    }
}

/// Whether the order of a type is known.
pub(in super::super) fn ordered(found: &Type, text: Text<'_>) -> Result<(), String> {
    comparable(Comparison::Less, found, found, text)
}

/// A comparison with a time that is calculated, as one of differences: `a < b + c` is `a - b < c`.
pub(super) fn later(comparison: Comparison, arguments: &[Expr]) -> Option<Expr> {
    let [left, right] = arguments else {
        return None;
    };
    let (comparison, left, right) = match (left, right) {
        (Expr::Call(Function::Later(_), ..), Expr::Call(Function::Later(_), ..)) => return None,
        (Expr::Call(Function::Later(_), ..), _) => (comparison.flipped(), right, left),
        _ => (comparison, left, right),
    };
    let Expr::Call(Function::Later(by), base, _) = right else {
        return None;
    };
    let [base] = base.as_slice() else {
        return None;
    };
    let difference = vec![left.clone(), base.clone()];
    let (function, found) = match (by, left.data_type() == base.data_type()) {
        (Literal::Int(_), true) => (Function::DaysBetween, Type::Int4),
        (Literal::Interval(..), true) => (Function::Elapsed, Type::Interval),
        _ => return None,
    };
    let by = Expr::Literal(by.clone(), found.clone());
    let difference = Expr::Call(function, difference, found);
    Some(Expr::Call(
        Function::Compare(comparison),
        vec![difference, by],
        Type::Bool,
    ))
}

/// `host(x) = 'address'`, where the text is how PostgreSQL writes the address.
pub(super) fn hosted(comparison: Comparison, arguments: &[Expr]) -> Option<Expr> {
    let [
        Expr::Call(Function::Host, subject, _),
        Expr::Literal(Literal::Text(text), _),
    ] = arguments
    else {
        return None;
    };
    let address: std::net::IpAddr = text.parse().ok()?;
    // Addresses of version 6 that hold one of version 4 are written differently.
    let is_plain = match address {
        std::net::IpAddr::V4(_) => true,
        std::net::IpAddr::V6(found) => found.is_unspecified() || found.segments()[0] != 0,
    };
    if !is_plain || address.to_string() != *text {
        return None;
    }
    let test = Expr::Call(Function::IsHost(address), subject.clone(), Type::Bool);
    match comparison {
        Comparison::Equal => Some(test),
        Comparison::NotEqual => Some(Expr::Not(Box::new(test))),
        _ => None,
    }
}

/// `value op ANY (array)`, where the array is a column.
pub(in super::super) fn elements(
    name: &str,
    is_any: bool,
    value: Expr,
    array: Expr,
    text: Text<'_>,
) -> Result<Expr, String> {
    let Type::Array(element) = array.data_type() else {
        return Err(unknown_operator_of(
            name,
            &[value.data_type(), array.data_type()],
        ));
    };
    let Some(comparison) = Comparison::from_sql(name) else {
        return Err(format!("it asks `{name}` of each element of an array"));
    };
    comparable(comparison, &value.data_type(), &element, text)?;
    if let Expr::Null(_) = value {
        // No element answers it, and only an empty array has none.
        let zero = Expr::Literal(Literal::Int(0), Type::Int4);
        let length = call(Function::Cardinality, vec![array], Type::Int4);
        let equal = Function::Compare(Comparison::Equal);
        let is_empty = call(equal, vec![length, zero], Type::Bool);
        let of_none = Expr::Literal(Literal::Bool(!is_any), Type::Bool);
        let null = Box::new(Expr::Null(Type::Bool));
        return Ok(Expr::Case(vec![(is_empty, of_none)], null, Type::Bool));
    }
    Ok(Expr::Elements {
        comparison,
        all: !is_any,
        value: Box::new(value),
        array: Box::new(array),
    })
}

/// Whether it is a whole number.
pub(in super::super) fn is_integer(found: &Type) -> bool {
    matches!(found, Type::Int2 | Type::Int4 | Type::Int8)
}

pub(super) fn is_number(found: &Type) -> bool {
    is_integer(found)
        || matches!(
            found,
            Type::Float4 | Type::Float8 | Type::Numeric | Type::Oid
        )
}
