//! Functions of values that are not NULL.

use super::super::constant::described;
use super::super::functions::is_integer;
use super::super::regex::Pattern;
use super::super::tree::{DatePart, Expr, Function, Rounding, Type};
use super::Printer;
use super::code::{Binds, Code, Form};
use super::text::{like, like_text, raw};
use super::time::address_text;

impl Printer<'_> {
    /// A function that is NULL by itself, of arguments that are not, as an `Option`.
    pub(super) fn partial(
        &mut self,
        function: &Function,
        arguments: &[Expr],
        found: &Type,
    ) -> Result<Code, String> {
        let first = arguments.first().ok_or("a function has no argument")?;
        let argument = self.value(first)?;
        let subject = argument.at_least(Binds::Tight);
        Ok(match function {
            Function::JsonbGet(key) => Code::tight(format!("{subject}.get({key:?})")),
            Function::JsonbGetIndex(index) => {
                let helper = self.helper(match first.data_type() {
                    Type::Json => "json_element",
                    _ => "jsonb_element",
                });
                Code::tight(format!("{helper}({}, {index})", argument.text))
            }
            Function::JsonbText => {
                self.helpers.insert("jsonb_text");
                Code::tight(format!("postgres::jsonb_text({})", argument.text)).of_form(Form::Owned)
            }
            Function::JsonText => {
                Code::tight(format!("{}({})", self.helper("json_text"), argument.text))
                    .of_form(Form::Owned)
            }
            Function::RangeBound(bound) => return self.range_bound(first, *bound),
            Function::ArrayLength => Code::tight(format!(
                "Some({subject}.len()).filter(|length| *length > 0)"
            ))
            .of_form(Form::Count),
            Function::ArrayNdims | Function::ArrayLower => {
                Code::tight(format!("Some(1).filter(|_| !{subject}.is_empty())"))
            }
            Function::NullPosition => Code::tight(format!(
                "{subject}.iter().position(Option::is_none).map(|position| position + 1)"
            ))
            .of_form(Form::Count),
            Function::JsonbPath(keys) => {
                self.helpers.insert("jsonb_path");
                let keys: Vec<String> = keys.iter().map(|key| format!("{key:?}")).collect();
                Code::tight(format!(
                    "postgres::jsonb_path({}, &[{}])",
                    argument.text,
                    keys.join(", ")
                ))
            }
            Function::ArrayElement(index) => {
                let place = index - 1;
                let taken = match first.data_type() {
                    Type::Array(element) if is_copied(&element) => ".copied().flatten()",
                    Type::Array(element) if matches!(*element, Type::Text | Type::Bpchar) => {
                        ".and_then(Option::as_deref)"
                    }
                    _ => ".and_then(Option::as_ref)",
                };
                Code::tight(format!("{subject}.get({place}){taken}"))
            }
            Function::Member(name) => {
                let Type::Other(composite) = first.data_type() else {
                    return Err("it is no composite".to_owned());
                };
                let member = self.types.rust_member(&composite, name, found)?;
                self.helpers.extend(member.helper);
                let form = match member.is_owned {
                    true => Form::Owned,
                    false => Form::Plain,
                };
                Code::tight(member.option.replace("{}", &subject)).of_form(form)
            }
            Function::Matches(pattern) => {
                let name = self.pattern(pattern, "fancy_regex", "fancy_pattern");
                let helper = self.helper("found_around");
                Code::tight(format!("{helper}(&{name}, {})", argument.borrowed_value()))
            }
            Function::PositionOf => {
                let wanted = arguments.get(1).ok_or("a function has no argument")?;
                let test = self.element_equals(first, wanted)?;
                Code::tight(format!(
                    "{subject}.iter().position(|element| {test}).map(|position| position + 1)"
                ))
                .of_form(Form::Count)
            }
            _ => return Err("a function is always NULL".to_owned()),
        })
    }

    /// A regular expression as a `static`, of which the name is given.
    fn pattern(&mut self, pattern: &Pattern, module: &str, helper: &'static str) -> String {
        let name = match self.statics.len() {
            0 => "PATTERN".to_owned(),
            count => format!("PATTERN_{}", count + 1),
        };
        let helper = self.helper(helper);
        self.statics.push(format!(
            "static {name}: std::sync::LazyLock<{module}::Regex> = std::sync::LazyLock::new(|| {helper}({}));\n",
            raw(&pattern.rust)
        ));
        name
    }

    pub(super) fn called(
        &mut self,
        function: &Function,
        arguments: &[Expr],
        found: &Type,
    ) -> Result<Code, String> {
        let first = arguments.first().ok_or("a function has no argument")?;
        match function {
            Function::Compare(_) | Function::Between | Function::In => {
                let whole = Expr::Call(function.clone(), arguments.to_vec(), found.clone());
                return self.strict(&whole, false);
            }
            Function::Arithmetic(operation) => {
                return self.arithmetic(*operation, arguments, found);
            }
            Function::Bits(operation) => return self.bits(*operation, arguments, found),
            Function::Complement => {
                let bits = self.integer(first, found)?;
                return Ok(Code::tight(format!("!{bits}")));
            }
            Function::Narrow => return self.narrowed(first, found),
            Function::Epoch => return self.epoch(first),
            Function::Moved { .. } | Function::DateMoved { .. } => {
                let whole = Expr::Call(function.clone(), arguments.to_vec(), found.clone());
                return Ok(Code::tight(self.moment(&whole)?));
            }
            Function::TimesBetween => return Err("it calculates a time".to_owned()),
            Function::Day if self.is_rounded(first) => {
                return Err(
                    "it does more with the day of a rounded time than compare it".to_owned(),
                );
            }
            Function::RangeIncludes(_)
            | Function::RangeIsEndless(_)
            | Function::RangeIsEmpty
            | Function::RangeHolds
            | Function::RangeContains
            | Function::RangesOverlap => return self.range_condition(function, arguments),
            Function::DatePart(part)
                if first.data_type() == Type::Time || *part == DatePart::Second =>
            {
                return self.part_of_time(*part, first);
            }
            _ => {}
        }
        let argument = self.value(first)?;
        let subject = argument.at_least(Binds::Tight);
        let borrowed = match argument.form {
            Form::Owned => format!("&{subject}"),
            _ => argument.text.clone(),
        };
        if let Some(code) = self
            .text_function(function, &argument)
            .or_else(|| self.json_function(function, &argument))
            .or_else(|| self.time_function(function, first, &argument))
        {
            return Ok(code);
        }
        if let Some(second) = arguments.get(1)
            && matches!(
                function,
                Function::DaysBetween
                    | Function::Elapsed
                    | Function::Within { .. }
                    | Function::StartsWithText
                    | Function::TextPosition
            )
        {
            let second = self.value(second)?;
            return self.pair(function, &argument, &second);
        }
        let mut helper = |name: &'static str| {
            self.helpers.insert(name);
            format!("postgres::{name}")
        };
        Ok(match function {
            Function::Concat => {
                let second = arguments.get(1).ok_or("a function has no argument")?;
                let second = self.value(second)?;
                let text = format!(
                    "<[&str]>::concat(&[{subject}.as_ref(), {}.as_ref()])",
                    second.at_least(Binds::Tight)
                );
                Code::tight(text).of_form(Form::Owned)
            }
            Function::Matches(pattern) => {
                if is_variable(&argument.text)
                    && let Some(found) = pattern.each_character(&argument.text)
                {
                    return Ok(match (found.of_length, found.of_each) {
                        (Some(length), Some(each)) => {
                            Code::new(format!("{length} && {each}"), Binds::And)
                        }
                        (Some(length), None) => Code::new(length, Binds::Compare),
                        (None, Some(each)) => Code::tight(each),
                        (None, None) => Code::truth(true),
                    });
                }
                let name = self.pattern(pattern, "regex", "pattern");
                Code::tight(format!("{name}.is_match({borrowed})"))
            }
            Function::Like(parts) => match like(&subject, parts) {
                Some(code) => code,
                None => {
                    let pattern: String = parts.iter().map(like_text).collect();
                    Code::tight(format!("{}({borrowed}, {})", helper("like"), raw(&pattern)))
                }
            },
            Function::JsonbArrayLength => {
                let elements = self.checked(&format!("{subject}.as_array()"));
                Code::tight(format!("{}.len()", elements.text)).of_form(Form::Count)
            }
            Function::ContainedBy(constants) => {
                self.contained(first, &subject, constants, "all")?
            }
            Function::Overlaps(constants) => self.contained(first, &subject, constants, "any")?,
            Function::Contains(constants) => {
                let mut tests = Vec::new();
                for constant in constants {
                    let Type::Array(element) = first.data_type() else {
                        return Err("it is no array".to_owned());
                    };
                    let wanted = Expr::Literal(constant.clone(), *element);
                    let test = self.element_equals(first, &wanted)?;
                    tests.push(format!("{subject}.iter().any(|element| {test})"));
                }
                match tests.len() {
                    0 => Code::truth(true),
                    1 => Code::tight(tests.concat()),
                    _ => Code::new(tests.join(" && "), Binds::And),
                }
            }
            Function::Family => Code::new(
                format!("if {subject}.addr().is_ipv4() {{ 4 }} else {{ 6 }}"),
                Binds::Block,
            ),
            Function::Masklen => Code::tight(format!("i32::from({subject}.prefix_len())")),
            Function::IsHost(address) => Code::new(
                format!("{subject}.addr() == {}", address_text(*address)),
                Binds::Compare,
            ),
            Function::Host => return Err("an address is written as a text".to_owned()),
            Function::Later(_) => return Err("it calculates a time".to_owned()),
            Function::Round(_, how) if *found == Type::Float8 => {
                let method = match how {
                    Rounding::Half => "round_ties_even",
                    Rounding::Truncated => "trunc",
                    Rounding::Floor => "floor",
                    Rounding::Ceiling => "ceil",
                };
                Code::tight(format!("{subject}.{method}()"))
            }
            Function::Round(digits, how) => {
                let how = match how {
                    Rounding::Half => "HalfUp",
                    Rounding::Truncated => "Down",
                    Rounding::Floor => "Floor",
                    Rounding::Ceiling => "Ceiling",
                };
                let text = format!(
                    "{subject}.with_scale_round({digits}, bigdecimal::RoundingMode::{how})"
                );
                Code::tight(text).of_form(Form::Owned)
            }
            Function::Negate if *found == Type::Numeric => {
                Code::new(format!("-{subject}"), Binds::Sum).of_form(Form::Owned)
            }
            Function::Absolute if *found == Type::Numeric => {
                Code::tight(format!("{subject}.abs()")).of_form(Form::Owned)
            }
            Function::Negate if matches!(found, Type::Float4 | Type::Float8) => {
                Code::new(format!("-{subject}"), Binds::Sum)
            }
            Function::Absolute if matches!(found, Type::Float4 | Type::Float8) => {
                Code::tight(format!("{subject}.abs()"))
            }
            Function::Negate => self.checked(&format!("{subject}.checked_neg()")),
            Function::Absolute => self.checked(&format!("{subject}.checked_abs()")),
            Function::Widen => return self.widened(first, argument, found),
            _ => return Err("a function is NULL by itself".to_owned()),
        })
    }

    pub(super) fn widened(&mut self, from: &Expr, code: Code, to: &Type) -> Result<Code, String> {
        let subject = code.at_least(Binds::Tight);
        match (from.data_type(), to) {
            (Type::Enum(_), Type::Text) => Ok(Code::tight(format!("{subject}.label()"))),
            (Type::Text | Type::Bpchar | Type::Citext, Type::Text | Type::Citext) => Ok(code),
            (Type::Cidr, Type::Inet) => Ok(code),
            _ if code.form == Form::Count => Ok(code),
            (Type::Int2, Type::Int4) => Ok(Code::tight(format!("i32::from({})", code.text))),
            (Type::Int2 | Type::Int4, Type::Int8) => {
                Ok(Code::tight(format!("i64::from({})", code.text)))
            }
            (Type::Int2 | Type::Int4, Type::Float8) | (Type::Float4, Type::Float8) => {
                Ok(Code::tight(format!("f64::from({})", code.text)))
            }
            // Rounded to the nearest, as PostgreSQL does.
            (Type::Int8, Type::Float8) => {
                Ok(Code::new(format!("{subject} as f64"), Binds::Compare))
            }
            (Type::Int2 | Type::Int4 | Type::Int8, Type::Numeric) => Ok(Code::tight(format!(
                "bigdecimal::BigDecimal::from({})",
                code.text
            ))
            .of_form(Form::Owned)),
            (from, to) => Err(format!(
                "it casts {} to {}",
                described(&from),
                described(to)
            )),
        }
    }
}

/// Whether it can be named twice at no cost.
fn is_variable(code: &str) -> bool {
    code.chars()
        .all(|character| character.is_alphanumeric() || character == '_')
}

/// Whether Rust copies the values of a type.
fn is_copied(found: &Type) -> bool {
    is_integer(found)
        || matches!(
            found,
            Type::Bool
                | Type::Float4
                | Type::Float8
                | Type::Uuid
                | Type::Date
                | Type::Timestamp
                | Type::Timestamptz
                | Type::Time
                | Type::Inet
                | Type::Cidr
                | Type::Oid
                | Type::Enum(_)
        )
}
