//! Geometry.

use fastrand::Rng;

use super::{Draw, Value};

/// Geometry: numbers by name, and what PostgreSQL writes of them.
pub(super) fn shapes(name: &str) -> Vec<Draw> {
    let number = Value::Float8;
    let map = |members: Vec<(&str, Value)>| {
        let members = members.into_iter();
        Value::Map(
            members
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    };
    let point = |x: f64, y: f64| map(vec![("x", number(x)), ("y", number(y))]);
    let infinity = f64::INFINITY;
    match name {
        "point" => vec![
            Draw::new(point(1.5, 2.0), "(1.5,2)"),
            Draw::new(point(0.0, -0.0), "(0,-0)"),
            Draw::new(point(infinity, -infinity), "(Infinity,-Infinity)"),
            Draw::new(point(f64::NAN, f64::MAX), "(NaN,1.7976931348623157e308)"),
            Draw::unwritten(map(vec![("x", number(1.0))])),
        ],
        "line" => {
            let line = |a, b, c| map(vec![("a", number(a)), ("b", number(b)), ("c", number(c))]);
            vec![
                Draw::new(line(1.0, 2.0, 3.0), "{1,2,3}"),
                Draw::new(line(0.0, 0.0, 1.0), "{0,0,1}"),
                Draw::new(line(1.0e-6, 0.0, 1.0), "{1e-6,0,1}"),
                Draw::new(line(1.1e-6, 0.0, 1.0), "{1.1e-6,0,1}"),
                Draw::new(line(1.0e-7, -1.0e-6, 1.0), "{1e-7,-1e-6,1}"),
                Draw::new(line(f64::NAN, 0.0, 1.0), "{NaN,0,1}"),
                Draw::new(line(0.0, infinity, 1.0), "{0,Infinity,1}"),
            ]
        }
        "lseg" => vec![
            Draw::new(
                map(vec![("start", point(1.0, 2.0)), ("end", point(3.0, 4.0))]),
                "[(1,2),(3,4)]",
            ),
            Draw::new(
                map(vec![("start", point(1.0, 2.0)), ("end", point(1.0, 2.0))]),
                "[(1,2),(1,2)]",
            ),
        ],
        "box" => {
            let rectangle = |a, b| map(vec![("upper_right", a), ("lower_left", b)]);
            vec![
                Draw::new(rectangle(point(3.0, 4.0), point(1.0, 2.0)), "(3,4),(1,2)"),
                Draw::new(rectangle(point(1.0, 2.0), point(3.0, 4.0)), "(1,2),(3,4)"),
                Draw::new(rectangle(point(1.0, 4.0), point(3.0, 2.0)), "(1,4),(3,2)"),
            ]
        }
        "path" => {
            let path = |closed, points| {
                map(vec![
                    ("closed", Value::Bool(closed)),
                    ("points", Value::List(points)),
                ])
            };
            vec![
                Draw::new(
                    path(false, vec![point(1.0, 2.0), point(3.0, 4.0)]),
                    "[(1,2),(3,4)]",
                ),
                Draw::new(path(true, vec![point(1.0, 2.0)]), "((1,2))"),
                Draw::unwritten(path(true, Vec::new())),
            ]
        }
        "polygon" => {
            let polygon = |points| map(vec![("points", Value::List(points))]);
            vec![
                Draw::new(
                    polygon(vec![point(1.0, 2.0), point(3.0, 4.0)]),
                    "((1,2),(3,4))",
                ),
                Draw::new(polygon(vec![point(1.0, 2.0)]), "((1,2))"),
                Draw::unwritten(polygon(Vec::new())),
            ]
        }
        _ => {
            let circle = |radius| {
                map(vec![
                    ("center", point(1.0, 2.0)),
                    ("radius", number(radius)),
                ])
            };
            vec![
                Draw::new(circle(3.0), "<(1,2),3>"),
                Draw::new(circle(0.0), "<(1,2),0>"),
                Draw::unwritten(circle(-0.0)),
                Draw::unwritten(circle(f64::NAN)),
                Draw::new(circle(infinity), "<(1,2),Infinity>"),
                Draw::unwritten(circle(-1.0)),
                Draw::unwritten(circle(-f64::MIN_POSITIVE)),
            ]
        }
    }
}

/// Of finite numbers that a float holds exactly.
pub(super) fn random(name: &str, rng: &mut Rng) -> Draw {
    let map = |members: Vec<(&str, Value)>| {
        let members = members.into_iter();
        Value::Map(
            members
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    };
    let number = |rng: &mut Rng| f64::from(rng.i32(..)) / 8.0;
    let point = |rng: &mut Rng| {
        let (x, y) = (number(rng), number(rng));
        let value = map(vec![("x", Value::Float8(x)), ("y", Value::Float8(y))]);
        (value, format!("({x},{y})"))
    };
    let points = |rng: &mut Rng| {
        let points: Vec<(Value, String)> = (0..rng.usize(1..5)).map(|_| point(rng)).collect();
        let (values, literals): (Vec<Value>, Vec<String>) = points.into_iter().unzip();
        (Value::List(values), literals.join(","))
    };
    match name {
        "point" => {
            let (value, literal) = point(rng);
            Draw::new(value, literal)
        }
        "line" => {
            let (a, b, c) = (number(rng), number(rng), number(rng));
            let members = [("a", a), ("b", b), ("c", c)];
            let members = members.map(|(name, value)| (name, Value::Float8(value)));
            Draw::new(map(members.to_vec()), format!("{{{a},{b},{c}}}"))
        }
        "lseg" => {
            let ((start, first), (end, second)) = (point(rng), point(rng));
            let value = map(vec![("start", start), ("end", end)]);
            Draw::new(value, format!("[{first},{second}]"))
        }
        "box" => {
            let ((upper, first), (lower, second)) = (point(rng), point(rng));
            let value = map(vec![("upper_right", upper), ("lower_left", lower)]);
            Draw::new(value, format!("{first},{second}"))
        }
        "path" => {
            let (closed, (points, literal)) = (rng.bool(), points(rng));
            let value = map(vec![("closed", Value::Bool(closed)), ("points", points)]);
            match closed {
                true => Draw::new(value, format!("({literal})")),
                false => Draw::new(value, format!("[{literal}]")),
            }
        }
        "polygon" => {
            let (points, literal) = points(rng);
            Draw::new(map(vec![("points", points)]), format!("({literal})"))
        }
        _ => {
            let ((center, literal), radius) = (point(rng), number(rng).abs());
            let value = map(vec![("center", center), ("radius", Value::Float8(radius))]);
            Draw::new(value, format!("<{literal},{radius}>"))
        }
    }
}
