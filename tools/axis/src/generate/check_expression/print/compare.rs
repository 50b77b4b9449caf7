//! Comparisons and constants.

use super::super::constant::described;
use super::super::functions::is_integer;
use super::super::tree::{Comparison, Expr, Function, Literal, Type};
use super::value::rust_integer;
use super::{Binds, Code, Form, Printer};

impl Printer<'_> {
    /// A comparison of two values that are not NULL.
    pub(super) fn compared(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
    ) -> Result<Code, String> {
        if let Some(always) = beyond(comparison, right) {
            return Ok(Code::truth(always));
        }
        if let Some(code) = self.emptiness(comparison, left, right)? {
            return Ok(code);
        }
        match (left.data_type(), right.data_type()) {
            (first, second) if is_whole(&first) && is_whole(&second) => {
                self.integers(comparison, left, right)
            }
            (Type::Float4 | Type::Float8, Type::Float4 | Type::Float8) => {
                self.floats(comparison, left, right)
            }
            (Type::Numeric, Type::Numeric) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let plain = |code: &Code| match code.form {
                    Form::Owned => code.at_least(Binds::Tight),
                    _ => format!("*{}", code.at_least(Binds::Tight)),
                };
                Ok(infix(&plain(&left), comparison, &plain(&right)))
            }
            (Type::Text | Type::Bpchar, _) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                if comparison != Comparison::Equal
                    && comparison != Comparison::NotEqual
                    && left.form != right.form
                {
                    return Err("it orders texts of different forms in Rust".to_owned());
                }
                Ok(infix(
                    &left.above(Binds::Compare),
                    comparison,
                    &right.above(Binds::Compare),
                ))
            }
            (Type::Citext, Type::Citext) => Err(super::super::regex::UNKNOWN_LOCALE.to_owned()),
            // Numbers are equal to others of another form: only a constant without any is compared as Rust does.
            (Type::Jsonb, Type::Jsonb)
                if matches!(right, Expr::Literal(Literal::Json(document), _)
                    if !document.contains(|found: char| found.is_ascii_digit())) =>
            {
                let (left, right) = (self.value(left)?, self.value(right)?);
                Ok(infix(
                    &format!("*{}", left.at_least(Binds::Tight)),
                    comparison,
                    &right.text,
                ))
            }
            (Type::Jsonb, Type::Jsonb) => Err("it compares values of the type `jsonb`".to_owned()),
            (Type::Array(_), _) => Err("it compares arrays".to_owned()),
            (Type::Date, Type::Timestamp) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let left = format!(
                    "{}.and_time(chrono::NaiveTime::MIN)",
                    left.at_least(Binds::Tight)
                );
                Ok(infix(&left, comparison, &right.above(Binds::Compare)))
            }
            (Type::Timestamp, Type::Date) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let right = format!(
                    "{}.and_time(chrono::NaiveTime::MIN)",
                    right.at_least(Binds::Tight)
                );
                Ok(infix(&left.above(Binds::Compare), comparison, &right))
            }
            (first, second) if first == second || is_address(&first) && is_address(&second) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                Ok(infix(
                    &left.above(Binds::Compare),
                    comparison,
                    &right.above(Binds::Compare),
                ))
            }
            (first, second) => Err(format!(
                "it compares {} with {}",
                described(&first),
                described(&second)
            )),
        }
    }

    /// A length compared with nothing: whether it is empty.
    fn emptiness(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
    ) -> Result<Option<Code>, String> {
        let (
            Expr::Call(
                Function::Length | Function::OctetLength | Function::Cardinality,
                arguments,
                _,
            ),
            Expr::Literal(Literal::Int(value), _),
        ) = (left, right)
        else {
            return Ok(None);
        };
        let is_empty = match (comparison, value) {
            (Comparison::Equal | Comparison::LessOrEqual, 0) | (Comparison::Less, 1) => true,
            (Comparison::NotEqual | Comparison::Greater, 0) | (Comparison::GreaterOrEqual, 1) => {
                false
            }
            _ => return Ok(None),
        };
        let Some(argument) = arguments.first() else {
            return Ok(None);
        };
        let subject = self.value(argument)?.at_least(Binds::Tight);
        let sign = if is_empty { "" } else { "!" };
        Ok(Some(Code::tight(format!("{sign}{subject}.is_empty()"))))
    }

    fn integers(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
    ) -> Result<Code, String> {
        let left_code = self.value(left)?;
        if left_code.form == Form::Count {
            if let Some(count) = self.count_literal(right) {
                return Ok(infix(&left_code.above(Binds::Compare), comparison, &count));
            }
            let right_code = self.value(right)?;
            if right_code.form == Form::Count {
                return Ok(infix(
                    &left_code.above(Binds::Compare),
                    comparison,
                    &right_code.above(Binds::Compare),
                ));
            }
        }
        if let Some(constant) = self.integer_within(right, left)
            && left_code.form == Form::Plain
        {
            return Ok(infix(
                &left_code.above(Binds::Compare),
                comparison,
                &constant,
            ));
        }
        if matches!(
            (left.data_type(), right.data_type()),
            (Type::Oid, Type::Oid)
        ) {
            let right = self.value(right)?;
            return Ok(infix(
                &left_code.above(Binds::Compare),
                comparison,
                &right.above(Binds::Compare),
            ));
        }
        // Both in the wider of the two types; a count has no type of its own.
        let (first, second) = (left.data_type(), right.data_type());
        let wider = if width(&first) >= width(&second) {
            first
        } else {
            second
        };
        let (left, right) = (
            self.integer_as(left, &wider)?,
            self.integer_as(right, &wider)?,
        );
        Ok(infix(&left, comparison, &right))
    }

    fn integer_as(&mut self, expr: &Expr, to: &Type) -> Result<String, String> {
        let rust = rust_integer(to)?;
        let code = self.value(expr)?;
        Ok(match (expr, code.form) {
            (Expr::Literal(..), _) => code.text,
            (_, Form::Count) => format!("{rust}::try_from({}).unwrap_or({rust}::MAX)", code.text),
            _ if expr.data_type() == *to => code.above(Binds::Compare),
            _ => format!("{rust}::from({})", code.text),
        })
    }

    /// A constant that a count can be compared with.
    pub(super) fn count_literal(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Literal(Literal::Int(value), _) => {
                usize::try_from(*value).ok().map(|value| value.to_string())
            }
            _ => None,
        }
    }

    /// A constant that the type of another value holds.
    pub(super) fn integer_within(&self, expr: &Expr, other: &Expr) -> Option<String> {
        let Expr::Literal(Literal::Int(value), _) = expr else {
            return None;
        };
        let fits = match other.data_type() {
            Type::Int2 => i16::try_from(*value).is_ok(),
            Type::Int4 => i32::try_from(*value).is_ok(),
            Type::Int8 => true,
            Type::Oid => u32::try_from(*value).is_ok(),
            _ => false,
        };
        fits.then(|| value.to_string())
    }

    /// NaN equals NaN, and is greater than every other value.
    fn floats(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
    ) -> Result<Code, String> {
        let is_double = left.data_type() == Type::Float8 || right.data_type() == Type::Float8;
        let mut side = |expr: &Expr| {
            let code = self.value(expr)?;
            let is_single = expr.data_type() == Type::Float4 && !matches!(expr, Expr::Literal(..));
            Ok::<_, String>(match is_single && is_double {
                true => format!("f64::from({})", code.text),
                false => code.text,
            })
        };
        let (left, right) = (side(left)?, side(right)?);
        self.helpers.insert("float_order");
        let method = match comparison {
            Comparison::Equal => "is_eq",
            Comparison::NotEqual => "is_ne",
            Comparison::Less => "is_lt",
            Comparison::LessOrEqual => "is_le",
            Comparison::Greater => "is_gt",
            Comparison::GreaterOrEqual => "is_ge",
        };
        Ok(Code::tight(format!(
            "postgres::float_order(&{left}, &{right}).{method}()"
        )))
    }

    /// A constant of a type.
    pub(super) fn literal(&mut self, found: &Literal, data_type: &Type) -> Result<Code, String> {
        Ok(match (found, data_type) {
            (Literal::Bool(value), _) => Code::truth(*value),
            (Literal::Int(value), _) => Code::tight(value.to_string()),
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
                let found = (self.enums)(name)
                    .ok_or_else(|| format!("the enum `{name}` has no Rust type"))?;
                let variant = found.variants.iter().find(|(known, _)| known == label);
                let (_, variant) =
                    variant.ok_or_else(|| format!("the enum `{name}` has no label `{label}`"))?;
                Code::tight(format!("{}::{variant}", found.path))
            }
            (Literal::Text(text), _) => Code::tight(format!("{text:?}")),
            (Literal::Json(document), _) => Code::tight(format!("serde_json::json!({document})")),
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
                    0 => midnight,
                    rest => format!("({midnight} + chrono::TimeDelta::microseconds({rest}))"),
                };
                Code::tight(match data_type {
                    Type::Timestamptz => format!("{moment}.and_utc()"),
                    _ => moment,
                })
            }
            (Literal::Microseconds(value), Type::Time) if *value < 86_400_000_000 => Code::tight(
                format!("(chrono::NaiveTime::MIN + chrono::TimeDelta::microseconds({value}))"),
            ),
            (_, found) => {
                return Err(format!(
                    "a constant of {} is not translated yet",
                    described(found)
                ));
            }
        })
    }

    fn numeric(&mut self, digits: i128, scale: i64) -> Code {
        let name = match self.statics.len() {
            0 => "LIMIT".to_owned(),
            count => format!("LIMIT_{}", count + 1),
        };
        self.statics.push(format!(
            "static {name}: std::sync::LazyLock<bigdecimal::BigDecimal> = std::sync::LazyLock::new(|| bigdecimal::BigDecimal::new({digits}_i128.into(), {scale}));\n"
        ));
        Code::tight(name)
    }
}

fn infix(left: &str, comparison: Comparison, right: &str) -> Code {
    Code::new(
        format!("{left} {} {right}", comparison.rust()),
        Binds::Compare,
    )
}

/// What every value answers that Rust's type holds.
fn beyond(comparison: Comparison, right: &Expr) -> Option<bool> {
    let Expr::Literal(literal, _) = right else {
        return None;
    };
    match literal {
        Literal::Infinity => Some(matches!(
            comparison,
            Comparison::Less | Comparison::LessOrEqual | Comparison::NotEqual
        )),
        Literal::NegativeInfinity => Some(matches!(
            comparison,
            Comparison::Greater | Comparison::GreaterOrEqual | Comparison::NotEqual
        )),
        _ => None,
    }
}

fn is_whole(found: &Type) -> bool {
    is_integer(found) || *found == Type::Oid
}

fn is_address(found: &Type) -> bool {
    matches!(found, Type::Inet | Type::Cidr)
}

fn width(found: &Type) -> u32 {
    match found {
        Type::Int2 => 2,
        Type::Int4 => 4,
        _ => 8,
    }
}

/// Days since 2000-01-01 as a day of the calendar.
fn day(days: i64) -> Result<String, String> {
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
