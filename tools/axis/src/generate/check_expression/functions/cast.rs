//! Casts.

use super::super::constant::described;
use super::super::tree::{Expr, Function, Literal, Type};
use super::call;

/// `x::text` and other casts that go through a value's text.
pub(in super::super) fn cast_by_text(argument: Expr, to: Type) -> Result<Expr, String> {
    match (&argument, argument.data_type(), &to) {
        (Expr::Literal(found @ Literal::Text(_), _), Type::Enum(_), Type::Text) => {
            Ok(Expr::Literal(found.clone(), Type::Text))
        }
        (_, Type::Int2 | Type::Int4 | Type::Int8 | Type::Uuid, Type::Text)
            if !matches!(argument, Expr::Literal(..)) =>
        {
            Ok(call(Function::Digits, vec![argument], Type::Text))
        }
        (_, Type::Jsonb, Type::Text) => {
            Ok(call(Function::JsonbWritten, vec![argument], Type::Text))
        }
        (_, Type::Enum(_), Type::Text) => Ok(call(Function::Widen, vec![argument], Type::Text)),
        (_, from, to) => Err(format!(
            "it casts {} to {}",
            described(&from),
            described(to)
        )),
    }
}

/// The same value as one of another type that holds it.
pub(in super::super) fn retyped(argument: Expr, to: Type) -> Result<Expr, String> {
    if argument.data_type() == to {
        return Ok(argument);
    }
    Ok(match argument {
        Expr::Null(_) => Expr::Null(to),
        Expr::Literal(Literal::Int(value), _) if to == Type::Numeric => {
            Expr::Literal(Literal::Numeric(value.into(), 0), to)
        }
        Expr::Literal(Literal::Int(value), _) if matches!(to, Type::Float8 | Type::Float4) => {
            let exact =
                i32::try_from(value).map_err(|_| "a constant is beyond a float".to_owned())?;
            Expr::Literal(Literal::Float(f64::from(exact).to_bits()), to)
        }
        Expr::Literal(found, _) => Expr::Literal(found, to),
        other => call(Function::Widen, vec![other], to),
    })
}

pub(super) fn widens(from: &Type, to: &Type) -> bool {
    matches!(
        (from, to),
        (Type::Int2, Type::Int4 | Type::Int8)
            | (Type::Int4, Type::Int8)
            | (Type::Int2 | Type::Int4 | Type::Int8, Type::Numeric)
            | (Type::Int2 | Type::Int4, Type::Float8)
            | (Type::Float4, Type::Float8)
    )
}
