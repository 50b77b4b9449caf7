//! Constants.

use super::super::constant::described;
use super::super::tree::{Literal, Type};
use super::Printer;
use super::code::{Binds, Code};
use super::number::rust_integer;
use super::time::{address_text, delta};

impl Printer<'_> {
    /// A constant of a type.
    pub(super) fn literal(&mut self, found: &Literal, data_type: &Type) -> Result<Code, String> {
        Ok(match (found, data_type) {
            (Literal::Bool(value), _) => Code::truth(*value),
            (Literal::Int(value), found) => match rust_integer(found) {
                Ok(rust) if self.is_typed => Code::tight(format!("{value}_{rust}")),
                _ => Code::tight(value.to_string()),
            },
            (Literal::Float(bits), found) => {
                let value = f64::from_bits(*bits);
                let name = if *found == Type::Float4 { "f32" } else { "f64" };
                Code::tight(match value {
                    value if value.is_nan() => format!("{name}::NAN"),
                    f64::INFINITY => format!("{name}::INFINITY"),
                    f64::NEG_INFINITY => format!("{name}::NEG_INFINITY"),
                    #[expect(clippy::cast_possible_truncation, reason = "it was widened from one")]
                    value if name == "f32" => format!("{:?}", value as f32),
                    value => format!("{value:?}"),
                })
            }
            (Literal::Numeric(digits, scale), _) => self.numeric(*digits, *scale),
            (Literal::Text(label), Type::Enum(name)) => {
                let found = self
                    .types
                    .rust_enum(name)
                    .ok_or_else(|| format!("the enum `{name}` has no Rust type"))?;
                let variant = found.variants.iter().find(|(known, _)| known == label);
                let (_, variant) =
                    variant.ok_or_else(|| format!("the enum `{name}` has no label `{label}`"))?;
                Code::tight(format!("{}::{variant}", found.path))
            }
            (Literal::Text(text), _) => Code::tight(format!("{text:?}")),
            (Literal::Json(document), _) => Code::tight(format!("serde_json::json!({document})")),
            (Literal::Inet(address, length), _) => {
                let name = self.numbered("NETWORK");
                let version = if address.is_ipv4() { "V4" } else { "V6" };
                self.statics.push(format!(
                    "const {name}: ipnet::IpNet = ipnet::IpNet::new_assert(std::net::IpAddr::{version}({}), {length});\n",
                    address_text(*address)
                ));
                Code::tight(name)
            }
            // As they are compared: a month has 30 days, a day 24 hours.
            (Literal::Interval(months, days, rest), _) => {
                let days = i64::from(*months) * 30 + i64::from(*days);
                let whole = days.checked_mul(86_400_000_000);
                let whole = whole.and_then(|whole| whole.checked_add(*rest));
                Code::tight(delta(whole.ok_or("an interval is beyond what Rust holds")?))
            }
            (Literal::Bytes(bytes), Type::Uuid) => {
                let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                Code::tight(format!("uuid::Uuid::from_u128(0x{digits})"))
            }
            (Literal::Bytes(bytes), _) => {
                let escaped: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
                Code::tight(format!("b\"{escaped}\".as_slice()"))
            }
            (Literal::Date(days), _) => {
                self.helpers.insert("day");
                Code::tight(day(i64::from(*days))?)
            }
            (Literal::Microseconds(value), Type::Timestamp | Type::Timestamptz) => {
                const DAY: i64 = 86_400_000_000;
                self.helpers.insert("day");
                let rest = value.rem_euclid(DAY);
                let midnight = format!(
                    "{}.and_time(chrono::NaiveTime::MIN)",
                    day(value.div_euclid(DAY))?
                );
                let moment = match rest {
                    0 => Code::tight(midnight),
                    rest => Code::new(
                        format!("{midnight} + chrono::TimeDelta::microseconds({rest})"),
                        Binds::Sum,
                    ),
                };
                match data_type {
                    Type::Timestamptz => {
                        Code::tight(format!("{}.and_utc()", moment.at_least(Binds::Tight)))
                    }
                    _ => moment,
                }
            }
            (Literal::Microseconds(value), Type::Time) if *value < 86_400_000_000 => Code::new(
                format!("chrono::NaiveTime::MIN + chrono::TimeDelta::microseconds({value})"),
                Binds::Sum,
            ),
            (_, found) => {
                return Err(format!(
                    "a constant of {} is not translated yet",
                    described(found)
                ));
            }
        })
    }

    pub(super) fn numeric(&mut self, digits: i128, scale: i64) -> Code {
        let name = self.numbered("LIMIT");
        self.statics.push(format!(
            "static {name}: std::sync::LazyLock<bigdecimal::BigDecimal> = std::sync::LazyLock::new(|| {});\n",
            decimal(digits, scale)
        ));
        Code::tight(name)
    }
}

/// A `numeric` as Rust makes it.
pub(crate) fn decimal(digits: i128, scale: i64) -> String {
    if let (Ok(whole), 0) = (i64::try_from(digits), scale) {
        return format!("bigdecimal::BigDecimal::from({whole}_i64)");
    }
    let digits = match digits < 0 {
        true => format!("({digits}_i128)"),
        false => format!("{digits}_i128"),
    };
    format!("bigdecimal::BigDecimal::new({digits}.into(), {scale})")
}

/// Days since 2000-01-01 as a day of the calendar.
pub(super) fn day(days: i64) -> Result<String, String> {
    // Days since 0000-03-01, in eras of 400 years.
    let shifted = days + 730_425;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 3
    } else {
        month_index - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    match (-262_000..=262_000).contains(&year) {
        true => Ok(format!("postgres::day({year}, {month}, {day})")),
        false => Err("a constant is beyond chrono's years".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn days_are_counted_from_2000() {
        for (days, expected) in [
            (0, "2000, 1, 1"),
            (59, "2000, 2, 29"),
            (60, "2000, 3, 1"),
            (-1, "1999, 12, 31"),
            (-36_159, "1901, 1, 1"),
            (7_305, "2020, 1, 1"),
        ] {
            assert_eq!(day(days), Ok(format!("postgres::day({expected})")));
        }
    }
}
