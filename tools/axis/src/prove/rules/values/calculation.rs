//! What columns must hold that a calculation with them gives what it is compared with.

use std::collections::BTreeMap;

use super::super::super::draw::{Draw, range};
use super::super::super::judge::Value;
use super::array::array;
use super::document::{document, wrapped};
use super::scalar::{calculated, scalars};
use super::{add, behind, calendar, column, columns, is_text_below, time};
use crate::generate::check_expression::{DatePart, Expr, Function, Literal, Type};

/// Columns of which an expression gives these texts.
pub(super) fn of_texts(
    subject: &Expr,
    texts: Vec<String>,
    found: &mut BTreeMap<String, Vec<Draw>>,
) {
    for text in &texts {
        for (name, text) in behind::texts(subject, text) {
            add(found, &name, [Draw::text(text)]);
        }
    }
    let below = columns(subject);
    if let (Some(name), true) = (column(subject), is_text_below(subject)) {
        add(found, name, texts.into_iter().map(Draw::text));
    } else if let [(name, data_type)] = below.as_slice() {
        match data_type {
            Type::Jsonb => {
                let values = texts.into_iter().take(12).map(serde_json::Value::from);
                let all =
                    values.map(|value| document(wrapped(subject, &Function::JsonbText, value)));
                add(found, name, all);
            }
            Type::Int2 | Type::Int4 | Type::Int8 => {
                let numbers = texts.iter().filter_map(|text| text.parse::<i64>().ok());
                let all = numbers.map(|value| Draw::new(Value::Int(value), value.to_string()));
                add(found, name, all);
            }
            _ => {}
        }
    }
}

/// What a calculation with several columns, a difference of times or a part of one is compared with.
pub(super) fn calculation(arguments: &[Expr], found: &mut BTreeMap<String, Vec<Draw>>) {
    let Some(subject) = arguments.first() else {
        return;
    };
    let is_number = |data_type: &Type| {
        matches!(
            data_type,
            Type::Int2 | Type::Int4 | Type::Int8 | Type::Numeric | Type::Float4 | Type::Float8
        )
    };
    for constant in arguments.iter().skip(1) {
        let Expr::Literal(literal, _) = constant else {
            continue;
        };
        match (subject, literal) {
            (Expr::Call(Function::DaysBetween | Function::Elapsed, sides, _), _) => {
                if let [later, base] = sides.as_slice()
                    && let (Some(later), Some(base), Some((_, data_type))) =
                        (column(later), column(base), columns(base).first())
                {
                    // Both bounds of one range.
                    if let Type::Range(bound) = data_type {
                        let (bases, all) = calendar::apart(literal, bound);
                        let (first, all) = (bases.first(), all.iter());
                        add(found, base, all.map(|end| range(first, Some(end), "[)")));
                        continue;
                    }
                    let (bases, all) = calendar::apart(literal, data_type);
                    add(found, base, bases);
                    add(found, later, all);
                }
            }
            (Expr::Call(Function::Widen, inner, _), Literal::Int(_)) if inner.len() == 1 => {
                let sides = [inner[0].clone(), constant.clone()];
                calculation(&sides, found);
            }
            (Expr::Call(Function::DatePart(DatePart::Second), inner, _), _) => {
                for (name, data_type) in inner.iter().flat_map(columns) {
                    add(found, &name, time::of_seconds(literal, &data_type));
                }
            }
            (Expr::Call(Function::DatePart(part), inner, _), Literal::Int(number)) => {
                if let Some(Expr::Column(name, data_type)) = inner.first() {
                    add(found, name, calendar::of_part(*part, *number, data_type));
                }
            }
            (Expr::Call(Function::ArrayElement(index), inner, _), _) => {
                if let Some(Expr::Column(name, Type::Array(element))) = inner.first() {
                    for one in scalars(literal, element) {
                        let before = vec![one.clone(); (*index).min(9)];
                        add(found, name, [array(&before), array(&before[1..])]);
                    }
                }
            }
            (Expr::Column(..), _) => {}
            (_, Literal::Text(text)) => of_texts(subject, vec![text.clone()], found),
            (Expr::Call(..) | Expr::Extreme(..) | Expr::Coalesce(..) | Expr::Case(..), _) => {
                for (name, data_type) in columns(subject) {
                    if is_number(&data_type) {
                        add(found, &name, calculated(literal, &data_type));
                    }
                }
            }
            _ => {}
        }
    }
    // Of both sides.
    let all: Vec<(String, Type)> = arguments.iter().flat_map(columns).collect();
    if !matches!(arguments, [_, Expr::Literal(..)]) && all.len() > 1 {
        let mut literals = vec![Literal::Int(5)];
        for argument in arguments {
            argument.visit(&mut |part| {
                if let Expr::Literal(literal, _) = part {
                    literals.push(literal.clone());
                }
            });
        }
        for (name, data_type) in all.iter().filter(|(_, data_type)| is_number(data_type)) {
            for literal in &literals {
                add(found, name, calculated(literal, data_type));
            }
        }
    }
}
