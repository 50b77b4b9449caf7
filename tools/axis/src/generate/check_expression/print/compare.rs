//! Comparisons of values that are not NULL.

use super::super::constant::described;
use super::super::functions::is_integer;
use super::super::tree::{Comparison, Expr, Function, Literal, Type};
use super::Printer;
use super::code::{Binds, Code, Form, negated_if};
use super::moment::is_moved;

impl Printer<'_> {
    /// A strict condition whose arguments are not NULL.
    pub(super) fn strict(&mut self, expr: &Expr, negated: bool) -> Result<Code, String> {
        let Expr::Call(function, arguments, _) = expr else {
            return Err("a part of it is no function".to_owned());
        };
        match (function, arguments.as_slice()) {
            (Function::Compare(comparison), [left, right]) => {
                let comparison = if negated {
                    comparison.negated()
                } else {
                    *comparison
                };
                self.compared(comparison, left, right)
            }
            (Function::Between, [subject, low, high]) => {
                let subject_code = self.value(subject)?;
                let bounds = match subject_code.form {
                    Form::Count => (self.count_literal(low), self.count_literal(high)),
                    _ => (
                        self.integer_within(low, subject),
                        self.integer_within(high, subject),
                    ),
                };
                let code = match bounds {
                    (Some(low), Some(high)) => Code::tight(format!(
                        "({low}..={high}).contains(&{})",
                        subject_code.at_least(Binds::Tight)
                    )),
                    _ => {
                        let low = self.compared(Comparison::GreaterOrEqual, subject, low)?;
                        let high = self.compared(Comparison::LessOrEqual, subject, high)?;
                        Code::new(
                            format!("{} && {}", low.above(Binds::And), high.above(Binds::And)),
                            Binds::And,
                        )
                    }
                };
                Ok(negated_if(code, negated))
            }
            (Function::In, [subject, constants @ ..]) => self.one_of(subject, constants, negated),
            _ => {
                let code = self.value(expr)?;
                Ok(negated_if(code, negated))
            }
        }
    }

    pub(super) fn one_of(
        &mut self,
        subject: &Expr,
        constants: &[Expr],
        negated: bool,
    ) -> Result<Code, String> {
        let code = self.value(subject)?;
        let is_pattern = match subject.data_type() {
            Type::Text | Type::Bpchar | Type::Enum(_) => true,
            ref found => {
                is_integer(found)
                    && constants
                        .iter()
                        .all(|constant| constant.data_type() == *found)
            }
        };
        if is_pattern && code.form != Form::Count {
            let patterns: Vec<String> = constants
                .iter()
                .map(|constant| Ok(self.value(constant)?.text))
                .collect::<Result<_, String>>()?;
            let subject = match code.form {
                Form::Owned => format!("&*{}", code.at_least(Binds::Tight)),
                _ => code.text,
            };
            let matched = Code::tight(format!("matches!({subject}, {})", patterns.join(" | ")));
            return Ok(negated_if(matched, negated));
        }
        let (comparison, sign, binds) = match negated {
            false => (Comparison::Equal, " || ", Binds::Or),
            true => (Comparison::NotEqual, " && ", Binds::And),
        };
        let tests: Vec<String> = constants
            .iter()
            .map(|constant| Ok(self.compared(comparison, subject, constant)?.above(binds)))
            .collect::<Result<_, String>>()?;
        Ok(Code::new(tests.join(sign), binds))
    }

    /// A comparison of two values that are not NULL.
    pub(super) fn compared(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
    ) -> Result<Code, String> {
        if let Some(always) = beyond(comparison, right).filter(|_| !self.raises(left)) {
            return Ok(Code::truth(always));
        }
        if let Some(code) = self.emptiness(comparison, left, right)? {
            return Ok(code);
        }
        if let Some(code) = self.of_version(comparison, left, right)? {
            return Ok(code);
        }
        let is_rounded = |part: &Expr| part.data_type() == Type::Date && self.is_rounded(part);
        if is_moved(left) || is_moved(right) || is_rounded(left) || is_rounded(right) {
            let (left, right) = self.moments(left, right)?;
            return Ok(infix(&left, comparison, &right));
        }
        match (left.data_type(), right.data_type()) {
            (Type::Range(_), Type::Range(_)) => {
                let is_empty = matches!(right, Expr::Literal(Literal::Range(None), _));
                let left = self.range(left)?;
                match comparison {
                    Comparison::Equal if is_empty => Ok(asked(&left, "is_none")),
                    Comparison::NotEqual if is_empty => Ok(asked(&left, "is_some")),
                    _ => {
                        let right = self.range(right)?;
                        Ok(infix(&left.text, comparison, &right.text))
                    }
                }
            }
            (Type::Inet | Type::Cidr, Type::Inet | Type::Cidr)
                if !matches!(comparison, Comparison::Equal | Comparison::NotEqual) =>
            {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let method = ordering(comparison);
                Ok(Code::tight(format!(
                    "{}({}, {}).{method}()",
                    self.helper("network_order"),
                    left.text,
                    right.text
                )))
            }
            (Type::Interval, Type::Interval) => {
                let is_length = |expr: &Expr| {
                    matches!(
                        expr,
                        Expr::Call(Function::Elapsed, ..) | Expr::Literal(Literal::Interval(..), _)
                    )
                };
                if !is_length(left) || !is_length(right) {
                    let (left, right) = (self.length(left)?, self.length(right)?);
                    return Ok(infix(&left, comparison, &right));
                }
                let (left, right) = (self.value(left)?, self.value(right)?);
                Ok(infix(&left.text, comparison, &right.text))
            }
            (first, second) if is_whole(&first) && is_whole(&second) => {
                self.integers(comparison, left, right)
            }
            (Type::Float4 | Type::Float8, Type::Float4 | Type::Float8) => {
                self.floats(comparison, left, right)
            }
            (Type::Numeric, Type::Numeric) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let plain = |code: &Code| match code.form {
                    Form::Owned => code.above(Binds::Compare),
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
                let plain = match left.form {
                    Form::Owned => left.text,
                    _ => format!("*{}", left.at_least(Binds::Tight)),
                };
                Ok(infix(&plain, comparison, &right.text))
            }
            (Type::Jsonb, Type::Jsonb)
                if matches!(comparison, Comparison::Equal | Comparison::NotEqual) =>
            {
                let helper = self.helper("jsonb_equal");
                let (first, second) = (self.value(left)?, self.value(right)?);
                let borrowed = |code: &Code, expr: &Expr| match (code.form, expr) {
                    (Form::Owned, _) | (_, Expr::Literal(..)) => format!("&{}", code.text),
                    _ => code.text.clone(),
                };
                let text = format!(
                    "{helper}({}, {})",
                    borrowed(&first, left),
                    borrowed(&second, right)
                );
                Ok(negated_if(
                    Code::tight(text),
                    comparison == Comparison::NotEqual,
                ))
            }
            (Type::Array(element), _) => self.arrays(comparison, left, right, &element),
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

    /// `family(x) = 4`: whether it is an address of that version.
    fn of_version(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
    ) -> Result<Option<Code>, String> {
        let (Expr::Call(Function::Family, arguments, _), Expr::Literal(Literal::Int(version), _)) =
            (left, right)
        else {
            return Ok(None);
        };
        let (Some(argument), true) = (
            arguments.first(),
            matches!(comparison, Comparison::Equal | Comparison::NotEqual),
        ) else {
            return Ok(None);
        };
        let method = match version {
            4 => "is_ipv4",
            6 => "is_ipv6",
            _ => return Ok(None),
        };
        let subject = self.value(argument)?.at_least(Binds::Tight);
        let code = Code::tight(format!("{subject}.addr().{method}()"));
        Ok(Some(negated_if(code, comparison == Comparison::NotEqual)))
    }

    /// A length compared with nothing: whether it is empty.
    pub(super) fn emptiness(
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
}

fn asked(code: &Code, method: &str) -> Code {
    Code::tight(format!("{}.{method}()", code.at_least(Binds::Tight)))
}

pub(super) fn infix(left: &str, comparison: Comparison, right: &str) -> Code {
    Code::new(
        format!("{left} {} {right}", comparison.rust()),
        Binds::Compare,
    )
}

/// What every value answers that Rust's type holds.
pub(super) fn beyond(comparison: Comparison, right: &Expr) -> Option<bool> {
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

pub(super) fn is_whole(found: &Type) -> bool {
    is_integer(found) || *found == Type::Oid
}

pub(super) fn is_address(found: &Type) -> bool {
    matches!(found, Type::Inet | Type::Cidr)
}

/// The method of `Ordering` that says the same.
pub(super) fn ordering(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "is_eq",
        Comparison::NotEqual => "is_ne",
        Comparison::Less => "is_lt",
        Comparison::LessOrEqual => "is_le",
        Comparison::Greater => "is_gt",
        Comparison::GreaterOrEqual => "is_ge",
    }
}
