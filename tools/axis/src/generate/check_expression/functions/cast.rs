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
        (_, Type::Json, Type::Text) => {
            Err("`json` keeps how it was written, which its Rust type does not".to_owned())
        }
        (_, Type::Enum(_), Type::Text) => Ok(call(Function::Widen, vec![argument], Type::Text)),
        // Which texts are numbers changed with a major version: a contract would be right for some servers only.
        (
            _,
            from @ (Type::Text | Type::Bpchar | Type::Citext),
            Type::Int2 | Type::Int4 | Type::Int8 | Type::Numeric,
        ) => Err(format!(
            "it casts {} to {}: PostgreSQL 16 and later read '0x1F' and '1_000' as numbers, 15 refuses them",
            described(&from),
            described(&to)
        )),
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
            | (Type::Int2 | Type::Int4 | Type::Int8, Type::Float8)
            | (Type::Float4, Type::Float8)
    )
}

/// What `numeric(precision, scale)` holds of a constant.
pub(super) fn held(digits: i128, scale: i64, modifier: i64) -> Result<Expr, String> {
    let refused = || "a constant is beyond its `numeric(p, s)`".to_owned();
    let modifier = modifier - 4;
    let precision = modifier >> 16;
    // Eleven bits, with a sign.
    let kept = ((modifier & 0x7FF) ^ 0x400) - 0x400;
    let mut digits = digits;
    let mut scale = scale;
    if scale > kept {
        let unit = u32::try_from(scale - kept)
            .ok()
            .and_then(|power| 10_i128.checked_pow(power))
            .ok_or_else(refused)?;
        digits = (digits.abs() + unit / 2) / unit * digits.signum();
        scale = kept;
    }
    let most = u32::try_from(precision - kept + scale)
        .ok()
        .and_then(|power| 10_i128.checked_pow(power))
        .ok_or_else(refused)?;
    match digits.abs() < most {
        true => Ok(Expr::Literal(
            Literal::Numeric(digits, scale),
            Type::Numeric,
        )),
        false => Err(refused()),
    }
}

/// A constant text that is no longer than its type, which a cast to that length leaves as it is.
pub(super) fn fitted(text: Expr, modifier: Option<Literal>, to: Type) -> Option<Expr> {
    match (&text, modifier) {
        // The modifier counts four more.
        (Expr::Literal(Literal::Text(found), _), Some(Literal::Int(modifier))) => {
            let length = i64::try_from(found.chars().count()).ok()?;
            (length + 4 <= modifier).then(|| retyped(text, to).ok())?
        }
        (Expr::Null(_), _) => Some(Expr::Null(to)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_cast_to_a_number_says_that_versions_differ() {
        let cast = |from: &Type, to: &Type| {
            let column = Expr::Column("a".to_owned(), from.clone());
            cast_by_text(column, to.clone()).unwrap_err()
        };
        let whole = cast(&Type::Text, &Type::Int4);
        let said = "it casts the type `text` to the type `int4`: PostgreSQL 16 and later read '0x1F' and '1_000' as numbers, \
                    15 refuses them";
        assert_eq!(whole, said);
        for to in [Type::Int2, Type::Int8, Type::Numeric] {
            assert!(cast(&Type::Text, &to).contains("PostgreSQL 16"), "{to:?}");
        }
        // The twins: every version reads these alike.
        for to in [Type::Float8, Type::Bool, Type::Date, Type::Uuid] {
            assert!(!cast(&Type::Text, &to).contains("PostgreSQL"), "{to:?}");
        }
        assert!(!cast(&Type::Date, &Type::Int4).contains("PostgreSQL"));
    }

    #[test]
    fn constants_are_cut_to_their_type() {
        let modifier = |precision: i64, scale: i64| (precision << 16 | scale & 0x7FF) + 4;
        let number = |digits, scale| {
            Ok(Expr::Literal(
                Literal::Numeric(digits, scale),
                Type::Numeric,
            ))
        };
        assert_eq!(held(1, 0, modifier(6, 2)), number(1, 0));
        assert_eq!(held(-1995, 3, modifier(6, 2)), number(-200, 2));
        assert_eq!(held(1450, 0, modifier(3, -2)), number(15, -2));
        assert_eq!(held(99_999, 1, modifier(6, 2)), number(99_999, 1));
        assert!(held(10_000, 0, modifier(6, 2)).is_err());
        assert!(held(999_995, 3, modifier(5, 2)).is_err());
    }
}
