/// A point. On the wire it is `{"x": 1.5, "y": 2}`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    serde::Deserialize,
    serde::Serialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[serde(deny_unknown_fields)]
#[diesel(sql_type = POINT)]
pub struct Point {
    /// How far to the right.
    pub x: f64,
    /// How far up.
    pub y: f64,
}

fn write_numbers(out: &mut impl std::io::Write, numbers: &[f64]) -> std::io::Result<()> {
    numbers
        .iter()
        .try_for_each(|number| out.write_all(&number.to_be_bytes()))
}

fn read_numbers<const N: usize>(bytes: &mut &[u8]) -> diesel::deserialize::Result<[f64; N]> {
    let mut numbers = [0.0; N];
    for number in &mut numbers {
        *number = f64::from_be_bytes(split_off(bytes, 8)?.try_into()?);
    }
    Ok(numbers)
}
