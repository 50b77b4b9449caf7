//! Numbers.

use super::{Draw, Value};

pub(super) fn integer(value: i128) -> Draw {
    let literal = value.to_string();
    match (i64::try_from(value), u64::try_from(value)) {
        (Ok(value), _) => Draw::new(Value::Int(value), literal),
        (_, Ok(value)) => Draw::new(Value::Unsigned(value), literal),
        // serde has no such number: PostgreSQL alone is asked.
        _ => Draw::literal(literal),
    }
}

/// `smallint`, `integer`, `bigint`
pub(super) fn integers(least: i64, most: i64) -> Vec<Draw> {
    let (least, most) = (i128::from(least), i128::from(most));
    let near = [
        1, 0, -1, 2, 7, -7, 10, 99, 100, 101, 255, 256, 1_000, 10_000,
    ];
    let far = [least - 1, least, least + 1, most - 1, most, most + 1];
    near.into_iter().chain(far).map(integer).collect()
}

/// `oid`
pub(super) fn unsigned() -> Vec<Draw> {
    let most = i128::from(u32::MAX);
    let half = i128::from(i32::MAX);
    [1, 0, half, half + 1, most - 1, most, most + 1]
        .map(integer)
        .to_vec()
}

/// `real`
pub(super) fn single() -> Vec<Draw> {
    let subnormal = f32::from_bits(1);
    [
        1.5,
        0.0,
        -0.0,
        0.1,
        1.0,
        -1.0,
        f32::MIN,
        f32::MAX,
        f32::MIN_POSITIVE,
        subnormal,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
    ]
    .map(|value| {
        Draw::new(
            Value::Float4(value),
            float(value.into(), format!("{value:e}")),
        )
    })
    .to_vec()
}

/// `double precision`
pub(super) fn double() -> Vec<Draw> {
    let subnormal = f64::from_bits(1);
    let above = f64::from_bits(1.0_f64.to_bits() + 1);
    [
        1.5,
        0.0,
        -0.0,
        0.1,
        1.0,
        above,
        -1.0,
        f64::MIN,
        f64::MAX,
        f64::MIN_POSITIVE,
        subnormal,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ]
    .map(|value| Draw::new(Value::Float8(value), float(value, format!("{value:e}"))))
    .to_vec()
}

fn float(value: f64, finite: String) -> String {
    match value {
        value if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        _ => finite,
    }
}

/// The longest numbers: that which PostgreSQL holds, and those that take as many groups of four digits as Diesel counts, and
/// others that take one more.
fn longest() -> impl Iterator<Item = Draw> {
    const MOST: usize = 4 * 32_767;
    let digits = |count: usize, scale: usize| {
        let (whole, rest) = ("9".repeat(count - scale), "9".repeat(scale));
        let point = if scale > 0 { "." } else { "" };
        format!("{whole}{point}{rest}")
    };
    let padding = |scale: usize| 4 - scale % 4;
    let held = [0, 1, 3].map(|scale| digits(MOST - padding(scale), scale));
    let beyond = [0, 4].map(|scale| digits(MOST - padding(scale) + 1, scale));
    let powers = ["1e131063".to_owned(), "-1e131064".to_owned()];
    let beyond = beyond.map(|number| Draw::text(number).extreme());
    let held = held.into_iter().map(Draw::text);
    let [last, first_beyond] = powers.map(Draw::text);
    let last_held = Draw::text("1e131071").extreme();
    ([last_held].into_iter().chain(held).chain(beyond))
        .chain([last, first_beyond.extreme()])
        .map(Draw::costly)
}

/// What a modifier of `numeric` says: it is 4 more than the precision in the upper half and the scale, of eleven bits with a
/// sign.
pub(crate) fn precision_and_scale(modifier: i32) -> Option<(i32, i32)> {
    let packed = modifier.checked_sub(4).filter(|packed| *packed >= 0)?;
    Some((packed >> 16, ((packed & 0x7ff) ^ 1024) - 1024))
}

/// `numeric`, by its modifier.
pub(super) fn numeric(modifier: i32) -> Vec<Draw> {
    let mut numbers: Vec<String> = [
        "1",
        "0",
        "-1",
        "0.5",
        "1.5",
        "100",
        "-0.0",
        "0.000",
        "1.10",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e3",
        "1e-5",
    ]
    .map(str::to_owned)
    .to_vec();
    if modifier < 4 {
        numbers.extend(
            [
                "123456789012345678901234567890.123456789",
                "1e-16382",
                "1e-16383",
                "1e-16384",
                "-1e-16383",
                "1e10000",
            ]
            .map(str::to_owned),
        );
        // Beyond what PostgreSQL holds, which Diesel finds out at once.
        numbers.push("1e131072".to_owned());
    }
    if let Some((precision, scale)) = precision_and_scale(modifier) {
        let precision = usize::try_from(precision).unwrap_or_default();
        let unit = -scale;
        let nines = "9".repeat(precision);
        for sign in ["", "-"] {
            // The most; then less, exactly and more than half of a unit beyond it, and a unit.
            numbers.push(format!("{sign}{nines}e{unit}"));
            for half in ["4", "49999", "5", "50001", "6"] {
                let digits = i32::try_from(half.len()).unwrap_or_default();
                numbers.push(format!("{sign}{nines}{half}e{}", unit - digits));
                numbers.push(format!("{sign}{half}e{}", unit - digits));
            }
            numbers.push(format!(
                "{sign}1e{}",
                unit + i32::try_from(precision).unwrap_or_default()
            ));
            numbers.push(format!("{sign}1e{unit}"));
            numbers.push(format!("{sign}1e{}", unit - 1));
        }
        numbers.extend(["1e-16383", "1e-16384", "1e1000"].map(str::to_owned));
    }
    let zeros = [
        "0e-16384", "0e-65535", "0e-65536", "0e131064", "0e131065", "0e200000",
    ];
    // Diesel sends a zero without its scale: PostgreSQL's own reading of the text is another value.
    let zeros = zeros.map(|zero| Draw::unwritten(Value::text(zero)));
    numbers
        .into_iter()
        .map(|number| {
            // A zero has digits after the point, which Diesel does not send; a scale gives them back.
            let is_zero = modifier < 4 && ["-0.0", "0.000", "0e-16384"].contains(&number.as_str());
            let is_extreme =
                is_zero || ["NaN", "Infinity", "-Infinity", "1e131072"].contains(&number.as_str());
            match is_extreme {
                true => Draw::text(number).extreme(),
                false => Draw::text(number),
            }
        })
        .chain(zeros)
        .chain(longest().take(if modifier < 4 { usize::MAX } else { 0 }))
        .collect()
}
