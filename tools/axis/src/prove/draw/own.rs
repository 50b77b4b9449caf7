//! Types whose Rust types the contracts bring.

use super::{Draw, Value};

/// `interval`, in the form of ISO 8601, which PostgreSQL reads too.
pub(super) fn intervals() -> Vec<Draw> {
    let mut draws: Vec<Draw> = [
        "P1DT2H",
        "PT0S",
        "P0D",
        "P1Y2M3DT4H5M6.5S",
        "P-1Y-2M3DT-4H-5M-6.5S",
        "P1M",
        "P-1M1D",
        "P2W",
        "PT0.000001S",
        "PT-0.000001S",
        "PT0.5S",
        "PT0.499999S",
        "PT59.999999S",
        "PT-59.9995S",
        "PT61M",
        "P178956970Y7M",
        "P-178956970Y-8M",
        "P2147483647D",
        "P-2147483648D",
        "PT2562047788H54.775807S",
        "1 day",
        "P",
        "PT",
        "P1",
    ]
    .map(Draw::text)
    .to_vec();
    // What PostgreSQL reads, as other text.
    draws.extend(
        [
            "1 day",
            "1 year 2 mons 3 days 04:05:06.5",
            "-1 day +00:00:00.0000005",
        ]
        .map(Draw::literal),
    );
    // Beyond what is held.
    draws.extend(
        [
            "P178956970Y8M",
            "P2147483648D",
            "PT2562047788H1M",
            "PT0.0000001S",
            "P1.5D",
            "PT-9223372036854.775808S",
            "PT9223372036854.775807S",
        ]
        .map(|text| Draw::unwritten(Value::Text(text.to_owned()))),
    );
    draws
}

/// `tsvector`
pub(super) fn documents() -> Vec<Draw> {
    let long = |count: usize| format!("'{}'", "a".repeat(count));
    let mut texts: Vec<String> = [
        "'cat':2A,4 'fat':3",
        "",
        "'a'",
        "'it''s'",
        "'a b'",
        "'\\\\'",
        "'é':1B,2C,16383",
        "'a':1,2,3 'b':4",
        "'a\0'",
        "'\u{10ffff}'",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.extend([long(2_045), long(2_046), long(2_047), long(2_048)]);
    let places = |count: usize| {
        let places: Vec<String> = (1..=count).map(|place| place.to_string()).collect();
        format!("'a':{}", places.join(","))
    };
    texts.extend([places(255), places(256)]);
    let mut draws: Vec<Draw> = texts.into_iter().map(Draw::text).collect();
    // PostgreSQL's input function mends what its binary form must not have.
    for text in [
        places(257),
        "'a':2,1".to_owned(),
        "'a':1,1".to_owned(),
        "'a':0".to_owned(),
        "'a':16384".to_owned(),
        "'b' 'a'".to_owned(),
        "''".to_owned(),
        format!("'a':{}", u16::MAX),
        (0..600)
            .map(|number| format!("'{}{number:04}'", "a".repeat(2_000)))
            .collect::<Vec<_>>()
            .join(" "),
        (0..520)
            .map(|number| format!("'{}{number:04}':1", "a".repeat(2_009)))
            .collect::<Vec<_>>()
            .join(" "),
    ] {
        draws.push(Draw::unwritten(Value::Text(text)));
    }
    draws
}

/// `hstore`
pub(super) fn pairs() -> Vec<Draw> {
    let map = |pairs: &[(&str, Option<&str>)]| {
        let value = pairs.iter().map(|(key, value)| {
            let value = value.map_or(Value::Null, Value::text);
            ((*key).to_owned(), value)
        });
        let quoted =
            |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let literal: Vec<String> = pairs
            .iter()
            .map(|(key, value)| {
                let value = value.map_or_else(|| "NULL".to_owned(), quoted);
                format!("{}=>{value}", quoted(key))
            })
            .collect();
        Draw::new(Value::Map(value.collect()), literal.join(","))
    };
    let long = "a".repeat(70_000);
    vec![
        map(&[("a", Some("1"))]),
        map(&[]),
        map(&[("a", None)]),
        map(&[("", Some(""))]),
        map(&[("a", Some("1")), ("b", None), ("é", Some("\"\\ "))]),
        map(&[("a\0", Some("1"))]),
        map(&[("a", Some("\0"))]),
        map(&[("a", Some(&long)), (&long, None)]),
        Draw::literal("a=>1,a=>2"),
        Draw::literal("a"),
    ]
}

/// `ltree`, but for what depends on the server: letters beyond ASCII, `-`, and labels of 256 to 1,000 characters.
pub(super) fn paths() -> Vec<Draw> {
    let mut texts: Vec<String> = [
        "Top.Science",
        "",
        "a",
        "_",
        "0",
        "a.b.c.d.e.f",
        ".",
        "a.",
        ".a",
        "a..b",
        "a b",
        "a.b ",
        " a",
        "a/b",
        "a\0",
        "a*",
        "a'b",
        "a\n",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.extend([1, 255, 1_001].map(|count| "a".repeat(count)));
    texts.extend([65_534, 65_535, 65_536].map(|count| vec!["a"; count].join(".")));
    texts.into_iter().map(Draw::text).collect()
}
