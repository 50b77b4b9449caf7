//! Arrays of what the element's type has.

use super::number::is_longest;
use super::{Draw, Value};

/// Arrays: empty, with NULL, each of the element's values alone, and shapes that only PostgreSQL knows.
pub(super) fn arrays(elements: &[Draw], delimiter: char) -> Vec<Draw> {
    let array = |elements: &[Option<&Draw>]| array(elements, delimiter);
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
                Draw::literal(format!("{{{{{quoted}}}{delimiter}{{{quoted}}}}}")),
                Draw::literal(format!("[2:2]={{{quoted}}}")),
                Draw::literal(format!(
                    "{{{{{quoted}}}{delimiter}{{{quoted}{delimiter}{quoted}}}}}"
                )),
                Draw::literal(nested(6)),
                Draw::literal(nested(7)),
            ]
            .map(Draw::extreme),
        );
    }
    draws
}

/// One array. A form is there where each element has it.
pub(super) fn array(elements: &[Option<&Draw>], delimiter: char) -> Draw {
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
        is_left: elements.iter().flatten().any(|element| element.is_left),
        value: values.collect::<Option<Vec<_>>>().map(Value::List),
        literal: literals
            .collect::<Option<Vec<_>>>()
            .map(|literals| format!("{{{}}}", literals.join(&delimiter.to_string()))),
    }
}

/// An element as an array's literal holds it.
fn quoted(literal: &str) -> String {
    format!("\"{}\"", literal.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Ranges: of each value alone, of pairs of neighbours in either order, with each kind of bound.
pub(crate) fn ranges(bounds: &[Draw]) -> Vec<Draw> {
    let Some(plain) = bounds.first() else {
        return Vec::new();
    };
    let none = None::<&Draw>;
    let mut draws = vec![
        range(Some(plain), none, "[)"),
        range(none, Some(plain), "[)"),
        range(none, none, "[)"),
        range(none, none, "[]"),
        range(none, none, "()"),
        Draw::new(
            Value::Map(vec![("bounds".to_owned(), Value::Text("empty".to_owned()))]),
            "empty",
        ),
        Draw::unwritten(Value::Map(Vec::new())),
        Draw::literal("[,"),
    ];
    // The longest numbers stand here once: what they mean for a column is tried by a column of numbers.
    draws.extend(
        (bounds.iter().filter(|bound| is_longest(bound)))
            .map(|bound| range(Some(bound), none, "[)")),
    );
    let bounds: Vec<&Draw> = bounds.iter().filter(|bound| !is_longest(bound)).collect();
    for (index, bound) in bounds.iter().copied().enumerate() {
        for kind in ["[)", "(]", "[]", "()"] {
            draws.push(range(Some(bound), Some(bound), kind));
            draws.push(range(Some(bound), none, kind));
            draws.push(range(none, Some(bound), kind));
        }
        // Neither order is refused everywhere: draws are not sorted.
        let kind = ["[)", "(]", "[]", "()"][index % 4];
        for other in [Some(plain), bounds.get(index + 1).copied()]
            .into_iter()
            .flatten()
        {
            draws.push(range(Some(bound), Some(other), kind));
            draws.push(range(Some(other), Some(bound), kind));
        }
    }
    draws
}

pub(super) fn range(lower: Option<&Draw>, upper: Option<&Draw>, kind: &str) -> Draw {
    let member = |name: &str, bound: Option<&Draw>| match bound {
        None => Some(None),
        Some(bound) => bound
            .value
            .clone()
            .map(|value| Some((name.to_owned(), value))),
    };
    let bounds = Some(Some(("bounds".to_owned(), Value::Text(kind.to_owned()))));
    let members = [member("lower", lower), member("upper", upper), bounds];
    let value = members.into_iter().collect::<Option<Vec<_>>>();
    let written = |bound: Option<&Draw>| match bound {
        None => Some(String::new()),
        Some(bound) => bound.literal.as_deref().map(quoted),
    };
    let (open, close) = kind.split_at(1);
    let literal = written(lower)
        .zip(written(upper))
        .map(|(lower, upper)| format!("{open}{lower},{upper}{close}"));
    Draw {
        value: value.map(|members| Value::Map(members.into_iter().flatten().collect())),
        literal,
        // PostgreSQL keeps the day after chrono's last one.
        is_extreme: [lower, upper]
            .iter()
            .flatten()
            .any(|bound| bound.is_extreme || bound.literal.as_deref() == Some("262142-12-31")),
        // Which of two texts comes first depends on the collation.
        is_left: [lower, upper].iter().flatten().any(|bound| bound.is_left)
            || matches!((lower, upper), (Some(lower), Some(upper)) if lower != upper),
    }
}

/// Multiranges: none, one and two of what the range has.
pub(super) fn multiranges(ranges: &[Draw]) -> Vec<Draw> {
    let Some(plain) = ranges.first() else {
        return Vec::new();
    };
    let mut draws = vec![multirange(&[plain]), multirange(&[])];
    draws.extend(ranges.iter().skip(1).map(|range| multirange(&[range])));
    draws.extend(
        ranges
            .iter()
            .step_by(5)
            .map(|range| multirange(&[range, plain])),
    );
    draws
}

/// One multirange.
pub(super) fn multirange(ranges: &[&Draw]) -> Draw {
    let values = ranges.iter().map(|range| range.value.clone());
    let literals = ranges.iter().map(|range| range.literal.clone());
    Draw {
        value: values.collect::<Option<Vec<_>>>().map(Value::List),
        literal: literals
            .collect::<Option<Vec<_>>>()
            .map(|literals| format!("{{{}}}", literals.join(","))),
        is_extreme: ranges.iter().any(|range| range.is_extreme),
        is_left: ranges.iter().any(|range| range.is_left),
    }
}

/// Rows: each value of each member beside everyday ones, NULL, and members that are not there.
///
/// `are_ruled` says of which members a domain may refuse every value that is drawn here, but not NULL: they are NULL beside
/// values of others.
pub(super) fn composites(members: &[(String, Vec<Draw>)], are_ruled: &[bool]) -> Vec<Draw> {
    if members.iter().any(|(_, draws)| draws.is_empty()) {
        return Vec::new();
    }
    let each = members.iter().zip(are_ruled);
    let plain: Vec<Option<&Draw>> = each
        .map(|((_, draws), is_ruled)| draws.first().filter(|_| !is_ruled))
        .collect();
    let with = |place: usize, draw: Option<&Draw>| {
        let row: Vec<Option<&Draw>> = plain
            .iter()
            .enumerate()
            .map(|(index, plain)| match index == place {
                true => draw,
                false => *plain,
            })
            .collect();
        composite(members, &row)
    };
    let mut draws = vec![with(usize::MAX, None)];
    for (place, (_, of_member)) in members.iter().enumerate() {
        draws.push(with(place, None));
        draws.extend(of_member.iter().skip(1).map(|draw| with(place, Some(draw))));
    }
    let nulls: Vec<Option<&Draw>> = members.iter().map(|_| None).collect();
    draws.push(composite(members, &nulls));
    draws.push(Draw::unwritten(Value::Map(vec![(
        "no such member".to_owned(),
        Value::Null,
    )])));
    draws
}

pub(crate) fn composite<T>(members: &[(String, T)], row: &[Option<&Draw>]) -> Draw {
    let values = members.iter().zip(row).map(|((name, _), draw)| {
        let value = match draw {
            None => Some(Value::Null),
            Some(draw) => draw.value.clone(),
        };
        value.map(|value| (name.clone(), value))
    });
    let literals = row.iter().map(|draw| match draw {
        None => Some(String::new()),
        Some(draw) => draw.literal.as_deref().map(quoted),
    });
    Draw {
        value: values.collect::<Option<Vec<_>>>().map(Value::Map),
        literal: literals
            .collect::<Option<Vec<_>>>()
            .map(|literals| format!("({})", literals.join(","))),
        is_extreme: row.iter().flatten().any(|draw| draw.is_extreme),
        is_left: row.iter().flatten().any(|draw| draw.is_left),
    }
}
