//! Rows at the edges of what a calculation holds: beyond them PostgreSQL raises an error, or keeps another value.

use std::sync::Arc;

use super::super::draw::Draw;
use super::super::judge::Value;
use super::super::subject::{Cell, Column};
use super::Rows;
use super::values::{Line, number};
use crate::generate::check_expression::{Arithmetic, Expr, Function, Literal, Type};

/// More rows are not made of one calculation.
const ROWS: usize = 100;

/// The rows of a rule: each calculation with two columns gets each two of their edges, one with a single column each of them.
pub(super) fn rows(rule: &Expr, columns: &[Column]) -> Rows {
    let mut found = Rows::new();
    rule.visit(&mut |part| {
        if let Expr::Call(Function::Compare(_), arguments, _) = part
            && let [product, Expr::Literal(limit, _)] = arguments.as_slice()
        {
            found.extend(products(product, limit, columns));
        }
        if let Expr::Call(Function::Arithmetic(operation), arguments, _) = part {
            found.extend(pairs(*operation, arguments, columns));
        }
        if let Expr::Call(Function::Moved { .. } | Function::DateMoved { .. }, arguments, _) = part
        {
            found.extend(moved(arguments, columns));
        }
    });
    found
}

/// A column that is written.
fn written<'a>(expr: &Expr, columns: &'a [Column]) -> Option<(&'a Column, Type)> {
    let mut names = Vec::new();
    expr.visit(&mut |part| {
        if let Expr::Column(name, data_type) = part {
            names.push((name.clone(), data_type.clone()));
        }
    });
    let (name, data_type) = names.into_iter().next()?;
    let column = columns.iter().find(|column| column.name == name)?;
    let is_written = !column.is_computed() && column.not_proved.is_none();
    (is_written && !column.draws.is_empty()).then_some((column, data_type))
}

fn pairs(operation: Arithmetic, arguments: &[Expr], columns: &[Column]) -> Rows {
    let sides = arguments.iter().filter_map(|side| written(side, columns));
    let sides: Vec<(&Column, Vec<Draw>)> = sides
        .map(|(column, data_type)| (column, edges(&data_type, operation)))
        .collect();
    let cell = |column: &Column, draw: &Draw| {
        let cell = Cell::Value(Arc::new(draw.clone()));
        (column.name.clone(), cell)
    };
    let rows: Rows = match sides.as_slice() {
        [(only, draws)] => draws.iter().map(|draw| vec![cell(only, draw)]).collect(),
        [(left, draws), (right, others)] if left.name != right.name => draws
            .iter()
            .flat_map(|draw| {
                let rows = others.iter();
                rows.map(|other| vec![cell(left, draw), cell(right, other)])
            })
            .collect(),
        _ => Rows::new(),
    };
    rows.into_iter().take(ROWS).collect()
}

/// The values of a type that lead a calculation to its edge.
fn edges(data_type: &Type, operation: Arithmetic) -> Vec<Draw> {
    let whole = |least: i64, most: i64| {
        let mut numbers = vec![least, most, 1, -1];
        if !matches!(operation, Arithmetic::Add | Arithmetic::Subtract) {
            numbers.extend([0, 2]);
        }
        let draw = |value: i64| Draw::new(Value::Int(value), value.to_string());
        numbers.into_iter().map(draw).collect()
    };
    match data_type {
        Type::Int2 => whole(i16::MIN.into(), i16::MAX.into()),
        Type::Int4 => whole(i32::MIN.into(), i32::MAX.into()),
        Type::Int8 => whole(i64::MIN, i64::MAX),
        Type::Bool => [true, false]
            .map(|value| Draw::new(Value::Bool(value), value.to_string()))
            .to_vec(),
        Type::Float8 => [
            0.0,
            5.0,
            1e-200,
            1e200,
            -1e200,
            f64::MAX,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
        ]
        .map(|value| Draw::new(Value::Float8(value), format!("{value:e}")))
        .to_vec(),
        _ => Vec::new(),
    }
}

/// Digits after the point that PostgreSQL keeps of a product.
const KEPT: usize = 16_383;

/// Products of two columns of `numeric` that take a digit more than PostgreSQL keeps, and are rounded to what they are compared
/// with or to beside it; and such as have as many digits before the point as it holds, or one more.
fn products(product: &Expr, limit: &Literal, columns: &[Column]) -> Rows {
    let Expr::Call(Function::Arithmetic(Arithmetic::Multiply), sides, Type::Numeric) = product
    else {
        return Rows::new();
    };
    let [Expr::Column(left, _), Expr::Column(right, _)] = sides.as_slice() else {
        return Rows::new();
    };
    let is_free = |name: &str| {
        let mut columns = columns.iter();
        columns.any(|column| column.name == name && !column.has_limit && !column.is_computed())
    };
    let (digits, scale) = match limit {
        Literal::Int(value) => (i128::from(*value), 0),
        Literal::Numeric(digits, scale) => (*digits, *scale),
        _ => return Rows::new(),
    };
    let held = (usize::try_from(scale).ok()).filter(|scale| digits > 0 && *scale < KEPT);
    let Some(held) = held.filter(|_| left != right && is_free(left) && is_free(right)) else {
        return Rows::new();
    };
    // So many times the limit, less so many of the last digit that is kept.
    let just_below = |times: i128, less: u8| {
        let mut text = number(digits * times - 1, scale);
        if scale == 0 {
            text.push('.');
        }
        text.push_str(&"9".repeat(KEPT - held - 1));
        text.push(char::from(b'0' + 10 - less));
        text
    };
    let rows = [
        // Half of the last digit less than the limit, and nine tenths.
        ("0.5".to_owned(), just_below(2, 1)),
        ("0.1".to_owned(), just_below(10, 9)),
        ("1e65536".to_owned(), "-1e65536".to_owned()),
        ("1e65536".to_owned(), "-1e65535".to_owned()),
    ];
    let cell =
        |name: &String, text: String| (name.clone(), Cell::Value(Arc::new(Draw::text(text))));
    rows.into_iter()
        .map(|(first, second)| vec![cell(left, first), cell(right, second)])
        .collect()
}

/// The first moment that PostgreSQL holds, and the first after the last one, in microseconds since 2000.
const FIRST: i64 = -211_813_488_000_000_000;
const END: i64 = 9_223_371_331_200_000_000;

/// The first day that PostgreSQL holds, and the first after the last one, counted from 2000.
const FIRST_DAY: i64 = -2_451_545;
const END_DAY: i64 = 2_145_031_949;

/// The beginning of 2000, and how far a column leads from it to the edges of what PostgreSQL holds, forth and back.
fn moved(arguments: &[Expr], columns: &[Column]) -> Rows {
    let [moment, by] = arguments else {
        return Rows::new();
    };
    let (Some((moment, of_moment)), Some((by, of_by))) =
        (written(moment, columns), written(by, columns))
    else {
        return Rows::new();
    };
    let Some(start) = Line::of(&of_moment, 0).and_then(|line| line.draw(0)) else {
        return Rows::new();
    };
    let (first, end) = match of_by {
        Type::Interval => (FIRST, END),
        _ => (FIRST_DAY, END_DAY),
    };
    let Some(line) = Line::of(&of_by, 6) else {
        return Rows::new();
    };
    let cell = |column: &Column, draw: Draw| (column.name.clone(), Cell::Value(Arc::new(draw)));
    let places = [first - 1, first, end - 1, end];
    let places = places.into_iter().flat_map(|place| [place, -place]);
    places
        .filter_map(|place| line.draw(place.into()))
        .map(|draw| vec![cell(moment, start.clone()), cell(by, draw)])
        .collect()
}

/// The moments from which so many microseconds lead back to the first one, and to one that is not held.
pub(super) fn first_moments(microseconds: i64, data_type: &Type) -> Vec<Draw> {
    let line = Line::of(data_type, 6);
    let step = if *data_type == Type::Date {
        86_400_000_000
    } else {
        1
    };
    let place = (i128::from(FIRST) + i128::from(microseconds)) / step;
    let places = [place - 1, place, place + 1].into_iter();
    let draws = line.into_iter().flat_map(|line| {
        let draw = move |place| line.draw(place);
        places.clone().filter_map(draw).collect::<Vec<_>>()
    });
    draws.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(draws: Vec<Draw>) -> Vec<String> {
        draws.into_iter().filter_map(|draw| draw.literal).collect()
    }

    #[test]
    fn the_first_moment_and_those_beside_it_are_tried() {
        const MONTH: i64 = 30 * 86_400_000_000;
        assert_eq!(
            texts(first_moments(MONTH, &Type::Timestamp)),
            [
                "4714-12-23 23:59:59.999999 BC",
                "4714-12-24 00:00:00.000000 BC",
                "4714-12-24 00:00:00.000001 BC"
            ]
        );
        assert_eq!(
            texts(first_moments(MONTH, &Type::Date)),
            ["4714-12-23 BC", "4714-12-24 BC", "4714-12-25 BC"]
        );
        assert!(first_moments(MONTH, &Type::Time).is_empty());
    }

    #[test]
    fn a_divisor_is_zero_and_a_sum_is_beyond_its_type() {
        let divided = texts(edges(&Type::Int4, Arithmetic::Divide));
        assert!(divided.contains(&"0".to_owned()), "{divided:?}");
        assert!(divided.contains(&i32::MIN.to_string()), "{divided:?}");
        let added = texts(edges(&Type::Int2, Arithmetic::Add));
        assert!(added.contains(&i16::MAX.to_string()), "{added:?}");
        assert!(edges(&Type::Text, Arithmetic::Add).is_empty());
    }
}
