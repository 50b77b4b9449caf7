//! Numbers: casts between their types, bits, and what is done with floats.

use super::super::tree::{
    Arithmetic, Bitwise, Comparison, Expr, Function, Literal, Rounding, Type,
};
use super::cast::{retyped, widens};
use super::{call, is_integer};

/// An operator of numbers that needs more than its name.
pub(super) fn operator(
    name: &str,
    arguments: &[Expr],
    result: &Type,
) -> Option<Result<Expr, String>> {
    let types: Vec<Type> = arguments.iter().map(Expr::data_type).collect();
    let of = |function| Some(Ok(call(function, arguments.to_vec(), result.clone())));
    match (name, types.as_slice()) {
        ("&" | "|" | "#", [left, right]) if is_integer(left) && left == right => {
            of(Function::Bits(match name {
                "&" => Bitwise::And,
                "|" => Bitwise::Or,
                _ => Bitwise::Xor,
            }))
        }
        ("~", [only]) if is_integer(only) => of(Function::Complement),
        ("<<" | ">>", [left, Type::Int4]) if is_integer(left) => {
            let width = match left {
                Type::Int2 => 16,
                Type::Int4 => 32,
                _ => 64,
            };
            let places = match &arguments[1] {
                Expr::Literal(Literal::Int(places), _) => u32::try_from(*places).ok(),
                _ => None,
            };
            let Some(places) = places.filter(|places| *places < width) else {
                let reason = "it moves bits by what is not constant, or by more than there are";
                return Some(Err(reason.to_owned()));
            };
            let shift = match name {
                "<<" => Bitwise::Left(places),
                _ => Bitwise::Right(places),
            };
            Some(Ok(call(
                Function::Bits(shift),
                arguments[..1].to_vec(),
                result.clone(),
            )))
        }
        ("+" | "-" | "*" | "/", [left, right])
            if is_float(left) && is_float(right) && *result == Type::Float8 =>
        {
            of(Function::Arithmetic(match name {
                "+" => Arithmetic::Add,
                "-" => Arithmetic::Subtract,
                "*" => Arithmetic::Multiply,
                _ => Arithmetic::Divide,
            }))
        }
        ("-", [only]) if is_float(only) => match arguments {
            [Expr::Literal(Literal::Float(bits), found)] => {
                let value = -f64::from_bits(*bits);
                let literal = Literal::Float(value.to_bits());
                Some(Ok(Expr::Literal(literal, found.clone())))
            }
            _ => of(Function::Negate),
        },
        _ => None,
    }
}

/// A function of numbers.
pub(super) fn function(
    name: &str,
    arguments: &[Expr],
    result: &Type,
) -> Option<Result<Expr, String>> {
    let types: Vec<Type> = arguments.iter().map(Expr::data_type).collect();
    let of = |function| Some(Ok(call(function, arguments.to_vec(), result.clone())));
    let first = arguments.first()?;
    match (name, types.as_slice()) {
        ("int4", [Type::Bool]) => Some(Ok(indicator(first.clone()))),
        ("bool", [Type::Int4]) => {
            let zero = Expr::Literal(Literal::Int(0), Type::Int4);
            let different = Function::Compare(Comparison::NotEqual);
            Some(Ok(call(different, vec![first.clone(), zero], Type::Bool)))
        }
        ("mod", [left, right]) if is_integer(left) && is_integer(right) => {
            of(Function::Arithmetic(Arithmetic::Remainder))
        }
        ("mod", [Type::Numeric, Type::Numeric]) => of(Function::Arithmetic(Arithmetic::Remainder)),
        ("abs", [found]) if is_integer(found) || is_float(found) || *found == Type::Numeric => {
            of(Function::Absolute)
        }
        ("floor", [Type::Float8]) => of(Function::Round(0, Rounding::Floor)),
        ("ceil" | "ceiling", [Type::Float8]) => of(Function::Round(0, Rounding::Ceiling)),
        ("trunc", [Type::Float8]) => of(Function::Round(0, Rounding::Truncated)),
        ("round", [Type::Float8]) => of(Function::Round(0, Rounding::Half)),
        ("int2" | "int4" | "int8" | "numeric" | "float8" | "float4", [from])
            if widens(from, result) =>
        {
            Some(retyped(first.clone(), result.clone()))
        }
        ("int2" | "int4" | "int8", [from]) if is_integer(from) => match first {
            Expr::Literal(Literal::Int(value), _) => {
                let fits = match result {
                    Type::Int2 => i16::try_from(*value).is_ok(),
                    Type::Int4 => i32::try_from(*value).is_ok(),
                    _ => true,
                };
                fits.then(|| Ok(Expr::Literal(Literal::Int(*value), result.clone())))
            }
            _ => of(Function::Narrow),
        },
        ("int2" | "int4" | "int8", [Type::Numeric]) => match first {
            Expr::Literal(Literal::Numeric(digits, 0), _) => {
                let value = i64::try_from(*digits).ok()?;
                Some(Ok(Expr::Literal(Literal::Int(value), result.clone())))
            }
            Expr::Literal(..) => None,
            // A part of a date, which is a whole number as it is.
            Expr::Call(Function::Widen, whole, _)
                if whole.first().map(Expr::data_type).as_ref() == Some(result) =>
            {
                whole.first().cloned().map(Ok)
            }
            _ => of(Function::Narrow),
        },
        ("float8", [Type::Numeric]) if !matches!(first, Expr::Literal(..)) => of(Function::Narrow),
        ("float8" | "float4", [Type::Numeric]) => {
            // PostgreSQL reads the digits as a text, too.
            let Expr::Literal(Literal::Numeric(digits, scale), _) = first else {
                return None;
            };
            let text = format!("{digits}e{}", -scale);
            let value = match name {
                "float4" => text.parse::<f32>().map(f64::from).ok()?,
                _ => text.parse::<f64>().ok()?,
            };
            let literal = Literal::Float(value.to_bits());
            Some(Ok(Expr::Literal(literal, result.clone())))
        }
        _ => None,
    }
}

/// `condition::int`: 1 where it is true, 0 where it is false.
fn indicator(condition: Expr) -> Expr {
    let number = |value| Expr::Literal(Literal::Int(value), Type::Int4);
    let is_never_null = match &condition {
        Expr::Not(inner) => matches!(inner.as_ref(), Expr::IsNull(_) | Expr::Is(..)),
        other => matches!(other, Expr::IsNull(_) | Expr::Is(..) | Expr::Distinct(..)),
    };
    let mut branches = vec![(condition.clone(), number(1))];
    if !is_never_null {
        let is_null = Expr::IsNull(Box::new(condition));
        branches.insert(0, (is_null, Expr::Null(Type::Int4)));
    }
    Expr::Case(branches, Box::new(number(0)), Type::Int4)
}

fn is_float(found: &Type) -> bool {
    matches!(found, Type::Float4 | Type::Float8)
}
