//! Functions of values that are not NULL.

use super::super::constant::described;
use super::super::tree::{Expr, Function, Side, Type};
use super::Printer;
use super::code::{Binds, Code, Form};
use super::number::checked;
use super::text::{like, like_text, raw};

impl Printer<'_> {
    /// A function that is NULL by itself, of arguments that are not, as an `Option`.
    pub(super) fn partial(
        &mut self,
        function: &Function,
        arguments: &[Expr],
    ) -> Result<Code, String> {
        let first = arguments.first().ok_or("a function has no argument")?;
        let argument = self.value(first)?;
        let subject = argument.at_least(Binds::Tight);
        Ok(match function {
            Function::JsonbGet(key) => Code::tight(format!("{subject}.get({key:?})")),
            Function::JsonbGetIndex(index) => {
                self.helpers.insert("jsonb_element");
                Code::tight(format!(
                    "postgres::jsonb_element({}, {index})",
                    argument.text
                ))
            }
            Function::JsonbText => {
                self.helpers.insert("jsonb_text");
                Code::tight(format!("postgres::jsonb_text({})", argument.text)).of_form(Form::Owned)
            }
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
            _ => {}
        }
        let argument = self.value(first)?;
        let subject = argument.at_least(Binds::Tight);
        let borrowed = match argument.form {
            Form::Owned => format!("&{subject}"),
            _ => argument.text.clone(),
        };
        let mut helper = |name: &'static str| {
            self.helpers.insert(name);
            format!("postgres::{name}")
        };
        Ok(match function {
            Function::Length => {
                Code::tight(format!("{subject}.chars().count()")).of_form(Form::Count)
            }
            Function::OctetLength | Function::Cardinality => {
                Code::tight(format!("{subject}.len()")).of_form(Form::Count)
            }
            Function::Lower => {
                Code::tight(format!("{}({borrowed})", helper("lower"))).of_form(Form::Owned)
            }
            Function::Upper => {
                Code::tight(format!("{}({borrowed})", helper("upper"))).of_form(Form::Owned)
            }
            Function::LowerAscii => {
                Code::tight(format!("{subject}.to_ascii_lowercase()")).of_form(Form::Owned)
            }
            Function::UpperAscii => {
                Code::tight(format!("{subject}.to_ascii_uppercase()")).of_form(Form::Owned)
            }
            Function::Trim(side, characters) => {
                let method = match side {
                    Side::Both => "trim_matches",
                    Side::Start => "trim_start_matches",
                    Side::End => "trim_end_matches",
                };
                let set: Vec<String> = characters
                    .chars()
                    .map(|found| format!("{found:?}"))
                    .collect();
                let set = match set.as_slice() {
                    [only] => only.clone(),
                    _ => format!("[{}]", set.join(", ")),
                };
                Code::tight(format!("{subject}.{method}({set})"))
            }
            Function::Concat => {
                let second = arguments.get(1).ok_or("a function has no argument")?;
                let second = self.value(second)?;
                let text = format!(
                    "[{subject}.as_ref(), {}.as_ref()].concat()",
                    second.at_least(Binds::Tight)
                );
                let text = text
                    .replace("[", "<[&str]>::concat(&[")
                    .replace("].concat()", "])");
                Code::tight(text).of_form(Form::Owned)
            }
            Function::Replace(from, to) => {
                Code::tight(format!("{subject}.replace({from:?}, {to:?})")).of_form(Form::Owned)
            }
            Function::Left(count) => Code::tight(format!("{}({borrowed}, {count})", helper("cut"))),
            Function::Position(part) => {
                Code::tight(format!("{}({borrowed}, {part:?})", helper("position")))
                    .of_form(Form::Count)
            }
            Function::StartsWith(start) => Code::tight(format!("{subject}.starts_with({start:?})")),
            Function::Matches(pattern) => {
                let name = match self.statics.len() {
                    0 => "PATTERN".to_owned(),
                    count => format!("PATTERN_{}", count + 1),
                };
                let (module, helper) = match pattern.looks_around {
                    true => ("fancy_regex", "fancy_pattern"),
                    false => ("regex", "pattern"),
                };
                self.helpers.insert(helper);
                self.statics.push(format!(
                    "static {name}: std::sync::LazyLock<{module}::Regex> = std::sync::LazyLock::new(|| postgres::{helper}({}));\n",
                    raw(&pattern.rust)
                ));
                match pattern.looks_around {
                    // An error is a limit of the engine, which is reached by no text that the database would finish with.
                    true => Code::tight(format!("{name}.is_match({borrowed}).unwrap_or(false)")),
                    false => Code::tight(format!("{name}.is_match({borrowed})")),
                }
            }
            Function::Like(parts) => match like(&subject, parts) {
                Some(code) => code,
                None => {
                    let pattern: String = parts.iter().map(like_text).collect();
                    Code::tight(format!("{}({borrowed}, {})", helper("like"), raw(&pattern)))
                }
            },
            Function::JsonbTypeof => {
                Code::tight(format!("{}({})", helper("json_type"), argument.text))
            }
            Function::JsonbHasKeys(keys, all) => {
                let name = helper("jsonb_has");
                let tests: Vec<String> = keys
                    .iter()
                    .map(|key| format!("{name}({}, {key:?})", argument.text))
                    .collect();
                match (tests.len(), all) {
                    (0, all) => Code::truth(*all),
                    (1, _) => Code::tight(tests.concat()),
                    (_, true) => Code::new(tests.join(" && "), Binds::And),
                    (_, false) => Code::new(tests.join(" || "), Binds::Or),
                }
            }
            Function::JsonbArrayLength => {
                let text = format!(
                    "match {subject}.as_array() {{ Some(array) => array.len(), None => return false }}"
                );
                Code::new(text, Binds::Block).of_form(Form::Count)
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
            Function::Negate => checked(&format!("{subject}.checked_neg()")),
            Function::Absolute => checked(&format!("{subject}.checked_abs()")),
            Function::Midnight => {
                Code::tight(format!("{subject}.and_time(chrono::NaiveTime::MIN)"))
            }
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
