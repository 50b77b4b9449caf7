//! Third step: the same rule as a person would write it.

use super::functions::is_integer;
use super::tree::{Arithmetic, Comparison, Expr, Function, Literal, Type};

/// Simplifies a rule. What it says of every row stays the same.
pub(super) fn simplify(expr: Expr) -> Expr {
    expr.map(&mut step)
}

fn step(expr: Expr) -> Expr {
    match expr {
        Expr::Not(inner) => match *inner {
            Expr::Not(inner) => *inner,
            Expr::Literal(Literal::Bool(value), found) => {
                Expr::Literal(Literal::Bool(!value), found)
            }
            Expr::Null(found) => Expr::Null(found),
            Expr::Call(Function::Compare(comparison), arguments, found) => {
                Expr::Call(Function::Compare(comparison.negated()), arguments, found)
            }
            other => Expr::Not(Box::new(other)),
        },
        Expr::And(parts) => joined(parts, true),
        Expr::Or(parts) => joined(parts, false),
        // A function that counts no NULLs is NULL where one of its arguments is.
        Expr::Call(_, arguments, found)
            if arguments.iter().any(|found| matches!(found, Expr::Null(_))) =>
        {
            Expr::Null(found)
        }
        Expr::Call(Function::Compare(comparison), arguments, found) => {
            compared(comparison, arguments, found)
        }
        Expr::Call(Function::Arithmetic(Arithmetic::Add), arguments, found) => {
            match counted_together(&arguments) {
                Some(count) => count,
                None => Expr::Call(Function::Arithmetic(Arithmetic::Add), arguments, found),
            }
        }
        Expr::Call(Function::Concat, arguments, found) => match arguments.as_slice() {
            [
                Expr::Literal(Literal::Text(first), _),
                Expr::Literal(Literal::Text(second), _),
            ] => Expr::Literal(Literal::Text(format!("{first}{second}")), found),
            _ => Expr::Call(Function::Concat, arguments, found),
        },
        Expr::Call(Function::Reverse, arguments, found) => match arguments.as_slice() {
            [Expr::Literal(Literal::Text(text), _)] => {
                Expr::Literal(Literal::Text(text.chars().rev().collect()), found)
            }
            _ => Expr::Call(Function::Reverse, arguments, found),
        },
        Expr::IsNull(inner) if matches!(*inner, Expr::Literal(..)) => truth(false),
        Expr::IsNull(inner) if matches!(*inner, Expr::Null(_)) => truth(true),
        other => other,
    }
}

fn truth(value: bool) -> Expr {
    Expr::Literal(Literal::Bool(value), Type::Bool)
}

fn compared(comparison: Comparison, mut arguments: Vec<Expr>, found: Type) -> Expr {
    let mut comparison = comparison;
    if matches!(arguments.as_slice(), [Expr::Literal(..), other] if !matches!(other, Expr::Literal(..)))
    {
        arguments.reverse();
        comparison = comparison.flipped();
    }
    if let [
        Expr::Call(Function::Widen, whole, _),
        Expr::Literal(constant, _),
    ] = arguments.as_slice()
        && let [whole] = whole.as_slice()
        && is_integer(&whole.data_type())
        && let Some(constant) = integer(constant)
    {
        // A whole number stays one where it is compared with one.
        let constant = Expr::Literal(Literal::Int(constant), Type::Int8);
        let arguments = vec![whole.clone(), constant];
        return Expr::Call(Function::Compare(comparison), arguments, found);
    }
    if let [_, Expr::Literal(Literal::Bool(value), _)] = arguments.as_slice() {
        let is_same = match comparison {
            Comparison::Equal => Some(*value),
            Comparison::NotEqual => Some(!*value),
            _ => None,
        };
        if let Some(is_same) = is_same {
            let inner = arguments.swap_remove(0);
            return match is_same {
                true => inner,
                false => step(Expr::Not(Box::new(inner))),
            };
        }
    }
    Expr::Call(Function::Compare(comparison), arguments, found)
}

/// `(a IS NULL)::int + (b IS NULL)::int`: how many are NULL.
fn counted_together(parts: &[Expr]) -> Option<Expr> {
    let [left, right] = parts else {
        return None;
    };
    let (left, right) = (counted(left)?, counted(right)?);
    (left.1 == right.1).then(|| Expr::CountNulls {
        of: left.0.into_iter().chain(right.0).collect(),
        nulls: left.1,
    })
}

/// What is counted, and whether NULLs are.
fn counted(part: &Expr) -> Option<(Vec<Expr>, bool)> {
    match part {
        Expr::CountNulls { of, nulls } => Some((of.clone(), *nulls)),
        Expr::Case(branches, otherwise, _) => {
            let is = |found: &Expr, wanted| matches!(found, Expr::Literal(Literal::Int(value), _) if *value == wanted);
            let [(condition, one)] = branches.as_slice() else {
                return None;
            };
            let nulls = match (
                is(one, 1) && is(otherwise, 0),
                is(one, 0) && is(otherwise, 1),
            ) {
                (true, _) => true,
                (_, true) => false,
                _ => return None,
            };
            match condition {
                Expr::IsNull(subject) => Some((vec![subject.as_ref().clone()], nulls)),
                Expr::Not(inner) => match inner.as_ref() {
                    Expr::IsNull(subject) => Some((vec![subject.as_ref().clone()], !nulls)),
                    _ => None,
                },
                _ => None,
            }
        }
        _ => None,
    }
}

/// The whole number that a constant is.
fn integer(constant: &Literal) -> Option<i64> {
    match constant {
        Literal::Numeric(digits, 0) => i64::try_from(*digits).ok(),
        Literal::Float(bits) => {
            let value = f64::from_bits(*bits);
            // Beyond this, not every whole number is a float.
            let is_whole = value.fract() == 0.0 && value.abs() < 9e15;
            is_whole.then(|| format!("{value}").parse().ok()).flatten()
        }
        Literal::Int(value) => Some(*value),
        _ => None,
    }
}

fn joined(parts: Vec<Expr>, is_and: bool) -> Expr {
    let mut flat: Vec<Expr> = Vec::new();
    for part in parts {
        match (part, is_and) {
            (Expr::And(inner), true) | (Expr::Or(inner), false) => flat.extend(inner),
            (Expr::Literal(Literal::Bool(value), _), _) if value == is_and => {}
            (other, _) => flat.push(other),
        }
    }
    let mut merged: Vec<Expr> = Vec::new();
    for part in flat {
        if merged.contains(&part) {
            continue;
        }
        let last = merged.pop();
        match last {
            None => merged.push(part),
            Some(last) => match together(&last, &part, is_and) {
                Some(one) => merged.push(one),
                None => merged.extend([last, part]),
            },
        }
    }
    if !is_and {
        let parts = merged.clone();
        merged.retain(|part| !is_never_alone(part, &parts));
    }
    match (merged.pop(), merged.is_empty()) {
        (None, _) => truth(is_and),
        (Some(only), true) => only,
        (Some(last), false) => {
            merged.push(last);
            match is_and {
                true => Expr::And(merged),
                false => Expr::Or(merged),
            }
        }
    }
}

/// Two neighbours as one: `IN`, or `BETWEEN`.
fn together(left: &Expr, right: &Expr, is_and: bool) -> Option<Expr> {
    if is_and {
        return between(left, right);
    }
    match (one_of(left), one_of(right)) {
        (Some((subject, mut constants)), Some((other, more))) if subject == other => {
            constants.extend(more.iter().cloned());
            let mut arguments = vec![subject.clone()];
            arguments.append(&mut constants);
            Some(Expr::Call(Function::In, arguments, Type::Bool))
        }
        _ => None,
    }
}

/// What is compared with constants, and with which.
fn one_of(expr: &Expr) -> Option<(&Expr, Vec<Expr>)> {
    match expr {
        Expr::Call(Function::Compare(Comparison::Equal), arguments, _) => {
            match arguments.as_slice() {
                [subject, constant @ Expr::Literal(..)] => Some((subject, vec![constant.clone()])),
                _ => None,
            }
        }
        Expr::Call(Function::In, arguments, _) => {
            let (subject, constants) = arguments.split_first()?;
            Some((subject, constants.to_vec()))
        }
        _ => None,
    }
}

/// Whether an alternative is never true, and NULL only where another of them is: `BETWEEN SYMMETRIC 5 AND -5` is
/// `x >= 5 AND x <= -5 OR x BETWEEN -5 AND 5`.
fn is_never_alone(part: &Expr, alternatives: &[Expr]) -> bool {
    let Expr::And(sides) = part else {
        return false;
    };
    let [Some(low), Some(high)] = sides.iter().map(bound).collect::<Vec<_>>()[..] else {
        return false;
    };
    let ((Comparison::GreaterOrEqual, subject, low, _), (Comparison::LessOrEqual, other, high, _)) =
        (low, high)
    else {
        return false;
    };
    let is_null_with = |alternative: &Expr| {
        matches!(alternative, Expr::Call(Function::Between, arguments, _)
            if arguments.first() == Some(subject))
    };
    subject == other && low > high && alternatives.iter().any(is_null_with)
}

/// What is compared with a whole number: how, what, with which, and of which type that is.
fn bound(expr: &Expr) -> Option<(Comparison, &Expr, i64, &Type)> {
    match expr {
        Expr::Call(Function::Compare(comparison), arguments, _) => match arguments.as_slice() {
            [subject, Expr::Literal(Literal::Int(value), found)] => {
                Some((*comparison, subject, *value, found))
            }
            _ => None,
        },
        _ => None,
    }
}

fn between(left: &Expr, right: &Expr) -> Option<Expr> {
    if let (
        Some((Comparison::GreaterOrEqual, subject, low, low_type)),
        Some((Comparison::LessOrEqual, other, high, high_type)),
    ) = (bound(left), bound(right))
        && subject == other
        && low <= high
    {
        let arguments = vec![
            subject.clone(),
            Expr::Literal(Literal::Int(low), low_type.clone()),
            Expr::Literal(Literal::Int(high), high_type.clone()),
        ];
        return Some(Expr::Call(Function::Between, arguments, Type::Bool));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(comparison: Comparison, value: i64) -> Expr {
        let column = Expr::Column("c".to_owned(), Type::Int4);
        let constant = Expr::Literal(Literal::Int(value), Type::Int4);
        let function = Function::Compare(comparison);
        Expr::Call(function, vec![column, constant], Type::Bool)
    }

    fn within(low: i64, high: i64) -> Expr {
        Expr::And(vec![
            super::tests::compared(Comparison::GreaterOrEqual, low),
            super::tests::compared(Comparison::LessOrEqual, high),
        ])
    }

    #[test]
    fn between_symmetric_is_one_range() {
        let symmetric = simplify(Expr::Or(vec![within(500, -500), within(-500, 500)]));
        assert_eq!(symmetric, simplify(within(-500, 500)));
        // The twins: what may be true, and what alone says NULL of NULL.
        let both = simplify(Expr::Or(vec![within(600, 700), within(-500, 500)]));
        assert!(
            matches!(&both, Expr::Or(sides) if sides.len() == 2),
            "{both:?}"
        );
        let null = Expr::IsNull(Box::new(Expr::Column("d".to_owned(), Type::Int4)));
        let alone = simplify(Expr::Or(vec![within(500, -500), null]));
        assert!(
            matches!(&alone, Expr::Or(sides) if sides.len() == 2),
            "{alone:?}"
        );
    }
}
