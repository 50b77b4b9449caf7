//! `json` and `jsonb`.

use super::{Draw, Value};

/// Documents, as JSON writes them.
pub(super) fn documents() -> Vec<Draw> {
    let mut texts: Vec<String> = [
        "{}",
        "[]",
        "true",
        "false",
        "0",
        "-0",
        "1",
        "1.5",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551615",
        "1e300",
        "0.1",
        "\"\"",
        "\"a\"",
        "\"\\u0000\"",
        "{\"a\\u0000\": 1}",
        "[\"\\u0000\"]",
        "{\"a\": {\"b\": [1, \"\\u0000\"]}}",
        "{\"a\": 1}",
        "{\"\": null}",
        "[null, 1, \"x\", [], {}]",
        "\"\\ud83d\\ude00\"",
        "\"é\"",
        "{\"b\": 1, \"a\": 2}",
        "[1, 2.5, {\"k\": [true]}]",
    ]
    .map(str::to_owned)
    .to_vec();
    for depth in [10, 100, 126] {
        texts.push(format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    }
    let mut draws: Vec<Draw> = texts
        .into_iter()
        .filter_map(|text| {
            let document = serde_json::from_str(&text).ok()?;
            Some(Draw::new(value(document), text))
        })
        .collect();
    // What serde_json does not hold, and what is no JSON.
    draws.extend(
        [
            "1e400",
            "18446744073709551616",
            "123456789012345678901234567890",
            "0.1000000000000000055511151231257827",
            "{\"a\": 1, \"a\": 2}",
            "\"\\ud800\"",
            "1e200000",
            "",
            "{",
            "nan",
        ]
        .map(|text| Draw::literal(text).extreme()),
    );
    draws.push(Draw::literal("null"));
    draws
}

/// One document.
pub(super) fn document(document: serde_json::Value) -> Draw {
    let text = document.to_string();
    Draw::new(value(document), text)
}

fn value(document: serde_json::Value) -> Value {
    match document {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(value),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::Int(number),
            (_, Some(number)) => Value::Unsigned(number),
            _ => Value::Float8(number.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Array(elements) => {
            Value::List(elements.into_iter().map(value).collect())
        }
        serde_json::Value::Object(members) => Value::Map(
            members
                .into_iter()
                .map(|(name, member)| (name, value(member)))
                .collect(),
        ),
    }
}
