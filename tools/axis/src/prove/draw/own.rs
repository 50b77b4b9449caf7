//! Types whose Rust types the contracts bring.

use super::{Draw, Value};

/// `interval`, in the form of ISO 8601, which PostgreSQL reads too.
pub(super) fn intervals(modifier: i32) -> Vec<Draw> {
    // The lower half of the modifier: digits of the seconds, or all bits.
    let is_rounded = modifier >= 0 && modifier & 0xffff < 6;
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
        // A year has 365.25 days where it is counted in seconds, and a month 30 where two are compared.
        "P1Y1M-395DT-5H59M59S",
        "P13M-390DT1S",
        "P-25M750DT-1S",
        "P178956970Y7M",
        "P-178956970Y-8M",
        "P2147483647D",
        "P-2147483648D",
        "P",
    ]
    .map(Draw::text)
    .to_vec();
    // Rounded, it is beyond the most microseconds.
    let longest = |draw: Draw| if is_rounded { draw.left() } else { draw };
    draws.push(longest(Draw::text("PT2562047788H54.775807S")));
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
        ]
        .map(|text| Draw::unwritten(Value::text(text))),
    );
    draws.extend(
        ["PT-9223372036854.775808S", "PT9223372036854.775807S"]
            .map(|text| longest(Draw::unwritten(Value::text(text)))),
    );
    draws
}

/// `tsvector`. None has an empty lexeme: minor releases differ in whether PostgreSQL takes one.
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
    texts.extend([long(2_045), long(2_046)]);
    let places = |count: usize| {
        let places: Vec<String> = (1..=count).map(|place| place.to_string()).collect();
        format!("'a':{}", places.join(","))
    };
    texts.extend([places(255), places(256)]);
    let mut draws: Vec<Draw> = texts.into_iter().map(Draw::text).collect();
    // PostgreSQL's input function mends what its binary form must not have.
    for text in [
        long(2_047),
        long(2_048),
        places(257),
        "'a':2,1".to_owned(),
        "'a':1,1".to_owned(),
        "'a':0".to_owned(),
        "'a':16384".to_owned(),
        "'b' 'a'".to_owned(),
        format!("'a':{}", u16::MAX),
        (0..600)
            .map(|number| format!("'{}{number:04}'", "a".repeat(2_000)))
            .collect::<Vec<_>>()
            .join(" "),
        (0..520)
            .map(|number| format!("'{}{number:04}':1", "a".repeat(2_009)))
            .collect::<Vec<_>>()
            .join(" "),
        largest_document(1_048_571, false),
        largest_document(1_048_576, false),
        largest_document(1_048_571, true),
        largest_document(1_048_576, true),
    ] {
        draws.push(Draw::unwritten(Value::Text(text)));
    }
    draws
}

/// Lexemes that take so many bytes as PostgreSQL keeps them, and then one of four. All may take 1,048,575; the last may not begin
/// beyond. In between, minor releases differ. Positions begin at an even place.
fn largest_document(size: usize, has_positions: bool) -> String {
    let mut lexemes = Vec::new();
    let mut taken = 0;
    for number in 0.. {
        let positions = if has_positions { ":1,2" } else { "" };
        let length = if number % 2 == 0 { 2_040 } else { 2_037 };
        let end = taken + length;
        let next = end + if has_positions { end % 2 + 6 } else { 0 };
        if next + 5 > size {
            break;
        }
        let text = "a".repeat(length - 4);
        lexemes.push(format!("'{number:04}{text}'{positions}"));
        taken = next;
    }
    lexemes.push(format!("'9998{}'", "a".repeat(size - taken - 4)));
    lexemes.push("'9999'".to_owned());
    lexemes.join(" ")
}

/// One `hstore`.
pub(super) fn pairs_of(pairs: &[(&str, Option<&str>)]) -> Draw {
    let value = pairs.iter().map(|(key, value)| {
        let value = value.map_or(Value::Null, Value::text);
        ((*key).to_owned(), value)
    });
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let literal: Vec<String> = pairs
        .iter()
        .map(|(key, value)| {
            let value = value.map_or_else(|| "NULL".to_owned(), quoted);
            format!("{}=>{value}", quoted(key))
        })
        .collect();
    Draw::new(Value::Map(value.collect()), literal.join(","))
}

/// `hstore`
pub(super) fn pairs() -> Vec<Draw> {
    let long = "a".repeat(70_000);
    vec![
        pairs_of(&[("a", Some("1"))]),
        pairs_of(&[]),
        pairs_of(&[("a", None)]),
        pairs_of(&[("", Some(""))]),
        pairs_of(&[("a", Some("1")), ("b", None), ("é", Some("\"\\ "))]),
        pairs_of(&[("a\0", Some("1"))]),
        pairs_of(&[("a", Some("\0"))]),
        pairs_of(&[("a", Some(&long)), (&long, None)]),
        Draw::literal("a=>1,a=>2"),
        Draw::literal("a"),
    ]
}

/// `ltree`. Letters beyond ASCII, `-`, and labels of 256 to 1,000 characters depend on the server.
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
    let mut draws: Vec<Draw> = texts.into_iter().map(Draw::text).collect();
    let left = [
        "a-b".to_owned(),
        "é.a".to_owned(),
        "a".repeat(256),
        "a".repeat(1_000),
    ];
    draws.extend(left.map(|text| Draw::text(text).left()));
    draws
}

/// `tsquery`. None is empty, has an empty lexeme or a distance beyond 16,384: minor releases differ in whether PostgreSQL takes
/// one.
pub(super) fn conditions() -> Vec<Draw> {
    let long = |count: usize| format!("'{}'", "a".repeat(count));
    let chain = |count: usize| vec!["'a'"; count].join(" & ");
    let mut texts: Vec<String> = [
        "'cat' & ( 'dog':*A | !'fish' ) <2> 'bird'",
        "'a'",
        "'it''s'",
        "'a b'",
        "'\\\\'",
        "'é':AC",
        "'a':*",
        "'a':*ABCD",
        "!'a'",
        "!!'a'",
        "!( 'a' & 'b' )",
        "'a' <-> ( 'b' <-> 'c' )",
        "'a' <-> 'b' <-> 'c'",
        "( 'a' | 'b' ) & 'c'",
        "'a' | 'b' & 'c'",
        "'a' <0> 'b'",
        "'a' <16384> 'b'",
        "'a\0'",
        "'\u{10ffff}'",
        "'a' &",
        "a:X",
        "('a'",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.extend([long(2_045), long(2_046)]);
    texts.extend([chain(2), chain(200)]);
    texts.push(format!(
        "{}'a'{}",
        "( 'b' <-> ".repeat(150),
        " )".repeat(150)
    ));
    let mut draws: Vec<Draw> = texts.into_iter().map(Draw::text).collect();
    // PostgreSQL's input function reads other forms of the same, and refuses what its binary form may have.
    draws.extend(["a & b", "'a'&'b'"].map(Draw::literal));
    for text in [
        // Only its input function has a stack of 32.
        format!("{}'a'", "!".repeat(500)),
        long(2_047),
        long(2_048),
        format!("'a' & {}", long(2_048)),
    ] {
        draws.push(Draw::unwritten(Value::Text(text)));
    }
    draws
}

/// `pg_snapshot` and `txid_snapshot`
pub(super) fn snapshots() -> Vec<Draw> {
    let mut draws = alike(&[
        "10:20:10,14,15",
        "1:1:",
        "10:20:",
        "10:9:",
        "0:1:",
        "10:20:9",
        "10:20:15,14",
        "1:9223372036854775807:",
        "1:9223372036854775808:",
        "1:2",
        "a:2:",
        "",
    ]);
    // Those that are told twice are kept once; the last may be the first that had not begun, which no text may say.
    draws.extend(
        ["10:20:14,14", "10:20:20", "10:10:10", "10:20:21"]
            .map(|text| Draw::unwritten(Value::text(text))),
    );
    draws
}

/// `time with time zone`
pub(super) fn times_with_zone(modifier: i32) -> Vec<Draw> {
    let mut draws: Vec<Draw> = super::time::times(modifier)
        .into_iter()
        .filter_map(|draw| match draw.value {
            Some(Value::Text(text)) => Some(Draw {
                literal: draw.literal.map(|literal| format!("{literal}+02")),
                value: Some(Value::Text(format!("{text}+02:00"))),
                ..draw
            }),
            _ => None,
        })
        .collect();
    draws.extend(
        [
            "12:34:56Z",
            "12:34:56+00:00",
            "12:34:56-03:30",
            "12:34:56+05:45:30",
            "12:34:56+15:59",
            "12:34:56-15:59:59",
            "12:34:56+16:00",
            "12:34:56-16:00",
            "12:34:56+23:59",
            "12:34:56+24:00",
        ]
        .map(Draw::text),
    );
    draws
}

/// `bit varying(n)`
pub(super) fn bits(modifier: i32) -> Vec<Draw> {
    let n = usize::try_from(modifier).unwrap_or(9);
    let mut texts = vec!["01".repeat(n)[..n].to_owned()];
    texts.extend(["", "0", "1", "10110", "2", "0b1"].map(str::to_owned));
    texts.extend([n.saturating_sub(1), n, n + 1, n + 8].map(|count| "1".repeat(count)));
    texts.into_iter().map(Draw::text).collect()
}

/// `money`, where a unit has a hundred parts.
pub(super) fn amounts() -> Vec<Draw> {
    let mut draws = vec![
        Draw::new(Value::Int(123), "1.23"),
        Draw::new(Value::Int(0), "0"),
        Draw::new(Value::Int(-1), "-0.01"),
        Draw::new(Value::Int(100_000_000), "1,000,000.00"),
    ];
    draws.extend([i64::MAX, i64::MIN].map(|amount| Draw::unwritten(Value::Int(amount))));
    draws.extend(["0.005", "x"].map(Draw::literal));
    draws
}

/// Texts of a type that the server parses: some that Rust judges alike, and some that it leaves.
pub(super) fn parsed(texts: &[&str], left: &[&str]) -> Vec<Draw> {
    let mut draws = alike(texts);
    draws.extend(left.iter().map(|text| Draw::text(*text).left()));
    draws
}

/// Texts that serde and PostgreSQL read alike.
pub(super) fn alike(texts: &[&str]) -> Vec<Draw> {
    texts.iter().map(|text| Draw::text(*text)).collect()
}

/// `name`: PostgreSQL cuts a text; what Diesel sends as a name is refused.
pub(super) fn names() -> Vec<Draw> {
    let mut draws = alike(&["a", "", "a b", "é", "a\0", "\0"]);
    draws.extend([62, 63].map(|count| Draw::text("a".repeat(count))));
    draws.push(Draw::text("é".repeat(31)));
    draws.extend(
        ["a".repeat(64), "é".repeat(32), "a".repeat(100)]
            .map(|text| Draw::unwritten(Value::Text(text))),
    );
    draws
}

/// `"char"`: PostgreSQL keeps a byte, which is no character beyond ASCII.
pub(super) fn single_bytes() -> Vec<Draw> {
    let mut draws = alike(&["a", " ", "\u{7f}", "'", "ab", "\0", "a\0"]);
    draws.extend(["", "é", "\u{10ffff}"].map(|text| Draw::text(text).extreme()));
    draws
}

/// `int2vector` and `oidvector`, which begin with the index 0.
pub(super) fn vectors() -> Vec<Draw> {
    let vector = |numbers: &[i64]| {
        let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        let numbers = numbers.iter().map(|number| Value::Int(*number));
        Draw::new(Value::List(numbers.collect()), texts.join(" "))
    };
    let empty = Draw::unwritten(Value::List(Vec::new()));
    vec![vector(&[1, 2]), vector(&[0]), empty]
}
