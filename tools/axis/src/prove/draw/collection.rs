//! Arrays, ranges and rows of what the type of their parts has.

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
    let others = cheap_and_one(elements).into_iter().skip(1);
    draws.extend(others.clone().map(|element| array(&[Some(element)])));
    // Beside another, and at another place.
    let others = others.filter(|element| !element.is_costly).step_by(3);
    draws.extend(others.map(|element| array(&[Some(plain), Some(element)])));
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

/// The values that are not costly, and one that is: what the others mean is tried by a column of their own type.
fn cheap_and_one(parts: &[Draw]) -> Vec<&Draw> {
    let mut costly = 0;
    let is_kept = |draw: &&Draw| {
        costly += usize::from(draw.is_costly);
        !draw.is_costly || costly == 1
    };
    parts.iter().filter(is_kept).collect()
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
    let literals = literals.collect::<Option<Vec<_>>>();
    Draw::made_of(
        elements.iter().flatten().copied(),
        values.collect::<Option<Vec<_>>>().map(Value::List),
        literals.map(|literals| format!("{{{}}}", literals.join(&delimiter.to_string()))),
    )
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
    let bounds = cheap_and_one(bounds);
    let (costly, bounds): (Vec<_>, Vec<_>) = bounds.into_iter().partition(|bound| bound.is_costly);
    draws.extend((costly.into_iter()).map(|bound| range(Some(bound), none, "[)")));
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

pub(crate) fn range(lower: Option<&Draw>, upper: Option<&Draw>, kind: &str) -> Draw {
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
    let bounds = [lower, upper].into_iter().flatten();
    let mut draw = Draw::made_of(
        bounds.clone(),
        value.map(|members| Value::Map(members.into_iter().flatten().collect())),
        literal,
    );
    // PostgreSQL keeps the day after chrono's last one.
    draw.is_extreme |=
        (bounds.into_iter()).any(|bound| bound.literal.as_deref() == Some("262142-12-31"));
    // Which of two texts comes first depends on the collation.
    draw.is_left |= matches!((lower, upper), (Some(lower), Some(upper)) if lower != upper);
    draw
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
    let literals = literals.collect::<Option<Vec<_>>>();
    Draw::made_of(
        ranges.iter().copied(),
        values.collect::<Option<Vec<_>>>().map(Value::List),
        literals.map(|literals| format!("{{{}}}", literals.join(","))),
    )
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
        let others = cheap_and_one(of_member).into_iter().skip(1);
        draws.extend(others.map(|draw| with(place, Some(draw))));
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
    let literals = literals.collect::<Option<Vec<_>>>();
    Draw::made_of(
        row.iter().flatten().copied(),
        values.collect::<Option<Vec<_>>>().map(Value::Map),
        literals.map(|literals| format!("({})", literals.join(","))),
    )
}

#[cfg(test)]
mod tests {
    use super::super::number::numeric;
    use super::*;

    fn costly(draws: &[Draw]) -> usize {
        draws.iter().filter(|draw| draw.is_costly).count()
    }

    #[test]
    fn a_short_text_may_be_costly_and_makes_what_holds_it_costly() {
        let plain = numeric(-1);
        let short = plain.iter().find(|draw| draw.is_costly && draw.size() < 10);
        assert_eq!(short.unwrap().literal.as_deref(), Some("1e131071"));
        assert!(costly(&plain) > 5, "{}", costly(&plain));
        // numeric(5, 2) holds none of them.
        assert_eq!(costly(&numeric(327_686)), 0);
        assert_eq!(costly(&arrays(&plain, ',')), 1);
        assert_eq!(costly(&ranges(&plain)), 1);
        let member = ("a".to_owned(), plain);
        assert_eq!(costly(&composites(&[member], &[false])), 1);
    }
}
