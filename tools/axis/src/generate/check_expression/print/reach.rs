//! How far a calculation with whole numbers reaches: what never leaves its type is printed without a check.

use super::super::functions::is_integer;
use super::super::tree::{Arithmetic, Expr, Function, Literal, Type};

/// The least and the greatest number.
type Reach = (i128, i128);

/// Whether a calculation with whole numbers gives one of its type, whatever the row holds.
pub(super) fn is_held(operation: Arithmetic, arguments: &[Expr], found: &Type) -> bool {
    let reach = calculated(operation, arguments);
    let of_type = of_type(found);
    reach
        .zip(of_type)
        .is_some_and(|(reach, of_type)| of_type.0 <= reach.0 && reach.1 <= of_type.1)
}

fn calculated(operation: Arithmetic, arguments: &[Expr]) -> Option<Reach> {
    let [left, right] = arguments else {
        return None;
    };
    let (left, right) = (of(left)?, of(right)?);
    let constant = (right.0 == right.1 && right.0 != 0).then_some(right.0);
    Some(match operation {
        Arithmetic::Add => (left.0 + right.0, left.1 + right.1),
        Arithmetic::Subtract => (left.0 - right.1, left.1 - right.0),
        Arithmetic::Multiply => {
            let ends = [left.0, left.1].map(|left| [left * right.0, left * right.1]);
            let ends = ends.as_flattened().iter().copied();
            (ends.clone().min()?, ends.max()?)
        }
        Arithmetic::Divide => {
            let ends = [left.0 / constant?, left.1 / constant?];
            (ends[0].min(ends[1]), ends[0].max(ends[1]))
        }
        Arithmetic::Remainder => {
            let most = constant?.abs() - 1;
            (-most, most)
        }
    })
}

/// None where it is no whole number.
fn of(expr: &Expr) -> Option<Reach> {
    match expr {
        Expr::Literal(Literal::Int(value), _) => Some((i128::from(*value), i128::from(*value))),
        Expr::Call(Function::Widen, arguments, _) => of(arguments.first()?),
        Expr::Call(Function::Arithmetic(operation), arguments, found) if is_integer(found) => {
            match is_held(*operation, arguments, found) {
                true => calculated(*operation, arguments),
                false => of_type(found),
            }
        }
        Expr::Case(branches, otherwise, found) => {
            let values = branches
                .iter()
                .map(|(_, value)| value)
                .chain([otherwise.as_ref()]);
            let values = values.filter(|value| !matches!(value, Expr::Null(_)));
            let reaches: Option<Vec<Reach>> = values.map(of).collect();
            let reaches = reaches?.into_iter();
            let all = reaches.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)));
            all.or(of_type(found))
        }
        other => of_type(&other.data_type()),
    }
}

fn of_type(found: &Type) -> Option<Reach> {
    Some(match found {
        Type::Int2 => (i16::MIN.into(), i16::MAX.into()),
        Type::Int4 => (i32::MIN.into(), i32::MAX.into()),
        Type::Int8 => (i64::MIN.into(), i64::MAX.into()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_within_its_type_is_held() {
        let column = |found: Type| Expr::Column("a".to_owned(), found);
        let wide = || Expr::Call(Function::Widen, vec![column(Type::Int2)], Type::Int4);
        let number = |value| Expr::Literal(Literal::Int(value), Type::Int4);
        let one_or_none = || {
            let branch = (Expr::Column("b".to_owned(), Type::Bool), number(1));
            Expr::Case(vec![branch], Box::new(number(0)), Type::Int4)
        };
        let small = is_held(
            Arithmetic::Remainder,
            &[column(Type::Int4), number(2)],
            &Type::Int4,
        );
        assert!(small);
        for (operation, left, right, expected) in [
            (Arithmetic::Multiply, wide(), number(2), true),
            (Arithmetic::Add, one_or_none(), one_or_none(), true),
            (Arithmetic::Divide, column(Type::Int4), number(-2), true),
            (Arithmetic::Subtract, wide(), number(-7), true),
            // The twins.
            (Arithmetic::Multiply, wide(), number(70_000), false),
            (Arithmetic::Add, column(Type::Int4), number(1), false),
            (Arithmetic::Add, one_or_none(), column(Type::Int4), false),
            (Arithmetic::Divide, column(Type::Int4), number(-1), false),
            (Arithmetic::Divide, number(10), column(Type::Int4), false),
            (Arithmetic::Remainder, column(Type::Int4), number(0), false),
            (Arithmetic::Remainder, number(10), column(Type::Int4), false),
        ] {
            let sides = [left, right];
            assert_eq!(
                is_held(operation, &sides, &Type::Int4),
                expected,
                "{operation:?} {sides:?}"
            );
        }
    }
}
