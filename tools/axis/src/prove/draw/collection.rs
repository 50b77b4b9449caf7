//! Arrays of what the element's type has.

use super::{Draw, Value};

/// Arrays: empty, with NULL, each of the element's values alone, and shapes that only PostgreSQL knows.
pub(super) fn arrays(elements: &[Draw]) -> Vec<Draw> {
    let Some(plain) = elements.first() else {
        return Vec::new();
    };
    let mut draws = vec![
        array(&[Some(plain)]),
        array(&[]),
        array(&[None]),
        array(&[Some(plain), None]),
        array(&[None, None]),
        array(&[Some(plain), Some(plain), Some(plain)]),
    ];
    for element in elements.iter().skip(1) {
        draws.push(array(&[Some(element)]));
    }
    // Beside another, and at another place.
    for element in elements.iter().skip(1).step_by(3) {
        draws.push(array(&[Some(plain), Some(element)]));
    }
    if let Some(literal) = &plain.literal {
        let quoted = quoted(literal);
        let nested = |depth: usize| format!("{}{quoted}{}", "{".repeat(depth), "}".repeat(depth));
        draws.extend(
            [
                Draw::literal(format!("{{{{{quoted}}},{{{quoted}}}}}")),
                Draw::literal(format!("[2:2]={{{quoted}}}")),
                Draw::literal(format!("{{{{{quoted}}},{{{quoted},{quoted}}}}}")),
                Draw::literal(nested(6)),
                Draw::literal(nested(7)),
            ]
            .map(Draw::extreme),
        );
    }
    draws
}

/// One array. A form is there where each element has it.
fn array(elements: &[Option<&Draw>]) -> Draw {
    let values = elements.iter().map(|element| match element {
        None => Some(Value::Null),
        Some(draw) => draw.value.clone(),
    });
    let literals = elements.iter().map(|element| match element {
        None => Some("NULL".to_owned()),
        Some(draw) => draw.literal.as_deref().map(quoted),
    });
    Draw {
        is_extreme: elements.iter().flatten().any(|element| element.is_extreme),
        value: values.collect::<Option<Vec<_>>>().map(Value::List),
        literal: literals
            .collect::<Option<Vec<_>>>()
            .map(|literals| format!("{{{}}}", literals.join(","))),
    }
}

/// An element as an array's literal holds it.
fn quoted(literal: &str) -> String {
    format!("\"{}\"", literal.replace('\\', "\\\\").replace('"', "\\\""))
}
