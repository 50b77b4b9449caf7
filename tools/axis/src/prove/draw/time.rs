//! Dates and times.

use super::{Draw, Value};

/// As ISO 8601 writes years (0 is 1 BC, five digits and more have a sign), and as PostgreSQL does.
pub(super) fn both(iso: String, postgres: String) -> Draw {
    Draw::new(Value::Text(iso), postgres)
}

/// A date, or more, of a year as ISO counts: 0 is 1 BC.
pub(super) fn year(year: i32, mut rest: impl FnMut(String) -> String) -> Draw {
    match year {
        1..10_000 => Draw::text(rest(format!("{year:04}"))),
        10_000.. => {
            let text = rest(year.to_string());
            both(format!("+{text}"), text)
        }
        _ => {
            let sign = if year == 0 { "" } else { "-" };
            let text = rest(String::new());
            let before = year.unsigned_abs();
            both(
                format!("{sign}{before:04}{text}"),
                format!("{:04}{text} BC", before + 1),
            )
        }
    }
}

/// `timestamp` and `timestamptz`, with what follows them in both forms.
pub(super) fn instants(iso_zone: &str, zone: &str) -> Vec<Draw> {
    let same = |text: &str| {
        both(
            format!("{}{iso_zone}", text.replace(' ', "T")),
            format!("{text}{zone}"),
        )
    };
    let before = |iso: &str, bc: &str| {
        both(
            format!("{}{iso_zone}", iso.replace(' ', "T")),
            format!("{bc}{zone} BC"),
        )
    };
    let large = |text: &str| {
        both(
            format!("+{}{iso_zone}", text.replace(' ', "T")),
            format!("{text}{zone}"),
        )
    };
    let mut draws: Vec<Draw> = [
        "2026-01-02 03:04:05",
        "1970-01-01 00:00:00",
        "2000-01-01 00:00:00",
        "1999-12-31 23:59:59.999999",
        "2026-01-02 03:04:05.5",
        "2026-01-02 03:04:05.499999",
        "2026-01-02 03:04:05.000001",
        "2026-06-30 23:59:59.999999",
        "0001-01-01 00:00:00",
        "9999-12-31 23:59:59.999999",
    ]
    .map(same)
    .to_vec();
    draws.extend([
        before("0000-12-31 23:59:59", "0001-12-31 23:59:59"),
        before("-4713-11-24 00:00:00", "4714-11-24 00:00:00"),
        before("-4713-11-24 00:00:00.000001", "4714-11-24 00:00:00.000001"),
        before("-4713-11-23 23:59:59.999999", "4714-11-23 23:59:59.999999"),
        before("-4713-01-01 00:00:00", "4714-01-01 00:00:00"),
        large("10000-01-01 00:00:00"),
        large("262142-12-31 23:59:59"),
        // Rounded, it is beyond chrono.
        large("262142-12-31 23:59:59.999999").extreme(),
        large("262143-01-01 00:00:00").extreme(),
        large("294276-12-31 23:59:59.999999").extreme(),
        large("294277-01-01 00:00:00").extreme(),
    ]);
    draws.extend(["infinity", "-infinity"].map(|text| Draw::text(text).extreme()));
    // Beyond the microsecond.
    for text in [
        "2026-01-02T03:04:05.9999999",
        "1999-12-31T23:59:59.999999999",
        "-4713-11-23T23:59:59.999999999",
        "-4713-11-23T23:59:59.9999985",
        "-4713-11-24T00:00:00.000000001",
        "2016-12-31T23:59:60",
        "2016-12-31T23:59:60.5",
        "-262143-01-01T00:00:00",
    ] {
        draws.push(Draw::unwritten(Value::Text(format!("{text}{iso_zone}"))));
    }
    draws
}

/// `date`
pub(super) fn dates() -> Vec<Draw> {
    let before = |iso: &str, bc: &str| both(iso.to_owned(), format!("{bc} BC"));
    let large = |text: &str| both(format!("+{text}"), text.to_owned());
    let mut draws: Vec<Draw> = [
        "2026-01-02",
        "1970-01-01",
        "2000-01-01",
        "2000-02-29",
        "1900-02-29",
        "1999-12-31",
        "0001-01-01",
        "9999-12-31",
    ]
    .map(Draw::text)
    .to_vec();
    draws.extend([
        before("0000-12-31", "0001-12-31"),
        before("-4713-11-24", "4714-11-24"),
        before("-4713-11-23", "4714-11-23"),
        large("10000-01-01"),
        large("262142-12-31"),
        large("262143-01-01").extreme(),
        large("5874897-12-31").extreme(),
        large("5874898-01-01").extreme(),
    ]);
    draws.extend(["infinity", "-infinity"].map(|text| Draw::text(text).extreme()));
    draws
}

/// `time`. What becomes 24:00:00 is one of those that a Rust type may lack.
pub(super) fn times(modifier: i32) -> Vec<Draw> {
    let mut draws: Vec<Draw> = [
        "12:34:56",
        "00:00:00",
        "00:00:00.000001",
        "23:59:59",
        "23:59:59.499999",
        "24:00:00.000001",
        "25:00:00",
    ]
    .map(Draw::text)
    .to_vec();
    for (text, least_precision) in [
        ("23:59:59.4", 0),
        ("23:59:59.5", 1),
        ("23:59:59.999", 3),
        ("23:59:59.999499", 3),
        ("23:59:59.9995", 4),
        ("23:59:59.999999", 6),
    ] {
        let draw = Draw::text(text);
        let is_kept = modifier < 0 || modifier >= least_precision;
        draws.push(if is_kept { draw } else { draw.extreme() });
    }
    draws.extend(["23:59:60", "24:00:00"].map(|text| Draw::text(text).extreme()));
    for text in [
        "23:59:59.999999999",
        "23:59:60.000000999",
        "23:59:60.000001",
        "23:59:60.999999",
        "00:00:00.000000001",
    ] {
        let draw = Draw::unwritten(Value::text(text));
        let is_kept = !text.contains(":60") && (modifier < 0 || !text.contains(":59"));
        draws.push(if is_kept { draw } else { draw.extreme() });
    }
    draws
}
