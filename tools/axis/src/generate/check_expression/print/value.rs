//! Values: of columns, of functions, and the conditions that are made of them.

use super::super::constant::described;
use super::super::functions::is_integer;
use super::super::like::Part;
use super::super::tree::{Arithmetic, Comparison, Expr, Function, Literal, Side, Type};
use super::{Ask, Binds, Code, Form, Parameter, Printer, is_partial, negated_if, raises};

impl Printer<'_> {
    /// Whether it can be NULL here.
    pub(super) fn nullable(&self, expr: &Expr) -> bool {
        if self.bound.iter().any(|(known, _)| known == expr) {
            return false;
        }
        match expr {
            Expr::Column(column, _) => self.parameter(column).is_none_or(|found| found.nullable),
            Expr::Null(_) => true,
            Expr::Call(function, arguments, _) => {
                is_partial(function) || arguments.iter().any(|argument| self.nullable(argument))
            }
            Expr::Case(branches, otherwise, _) => {
                self.nullable(otherwise) || branches.iter().any(|(_, value)| self.nullable(value))
            }
            Expr::Coalesce(parts, _) => parts.iter().all(|part| self.nullable(part)),
            Expr::Elements { array, value, .. } => {
                let may_hold_null = true;
                may_hold_null || self.nullable(array) || self.nullable(value)
            }
            Expr::And(parts) | Expr::Or(parts) => {
                parts.iter().any(|part| self.condition_nullable(part))
            }
            Expr::Not(inner) => self.condition_nullable(inner),
            _ => false,
        }
    }

    fn parameter(&self, column: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|found| found.column == column)
    }

    /// What must be asked for NULL before the value is there: columns, and functions that are NULL by themselves.
    pub(super) fn sources(&self, expr: &Expr, found: &mut Vec<Expr>) {
        if !self.nullable(expr) {
            return;
        }
        match expr {
            Expr::Call(function, arguments, _) if !is_partial(function) => {
                arguments
                    .iter()
                    .for_each(|argument| self.sources(argument, found));
            }
            Expr::Elements { array, .. } => self.sources(array, found),
            other if found.contains(other) => {}
            other => found.push(other.clone()),
        }
    }

    /// Prints what is strict in some values: each that can be NULL is asked for, once.
    pub(super) fn around(
        &mut self,
        values: &[&Expr],
        null: bool,
        whole: &Expr,
        print: impl FnOnce(&mut Self) -> Result<Code, String>,
    ) -> Result<Code, String> {
        let mut sources = Vec::new();
        values
            .iter()
            .for_each(|value| self.sources(value, &mut sources));
        let Some(source) = sources.first().cloned() else {
            return print(self);
        };
        let option = self.option(&source)?;
        let variable = self.variable(&source);
        let form = option.form;
        self.bound
            .push((source, Code::tight(variable.clone()).of_form(form)));
        let inner = self.around(values, null, whole, print);
        self.bound.pop();
        let inner = inner?;
        if inner.is(null) {
            return Ok(inner);
        }
        let subject = option.at_least(Binds::Tight);
        Ok(match raises(whole) {
            // An error returns from the function, which a closure cannot.
            true => Code::new(
                format!(
                    "match {} {{ Some({variable}) => {}, None => {null} }}",
                    option.text, inner.text
                ),
                Binds::Block,
            ),
            false => {
                let method = if null { "is_none_or" } else { "is_some_and" };
                Code::tight(format!("{subject}.{method}(|{variable}| {})", inner.text))
            }
        })
    }

    fn variable(&self, source: &Expr) -> String {
        let name = match source {
            Expr::Column(column, _) => self.parameter(column).map(|found| found.name.clone()),
            _ => None,
        };
        name.unwrap_or_else(|| {
            let taken = |name: &str| {
                self.parameters.iter().any(|found| found.name == name)
                    || self.bound.iter().any(|(_, code)| code.text == name)
            };
            let mut name = "found".to_owned();
            let mut number = 2;
            while taken(&name) {
                name = format!("found{number}");
                number += 1;
            }
            name
        })
    }

    /// A value that can be NULL, as an `Option`.
    pub(super) fn option(&mut self, expr: &Expr) -> Result<Code, String> {
        if !self.nullable(expr) {
            let plain = self.value(expr)?;
            return Ok(Code::tight(format!("Some({})", plain.text)).of_form(plain.form));
        }
        match expr {
            Expr::Column(column, _) => self.column(column),
            Expr::Null(_) => Ok(Code::tight("None")),
            Expr::Coalesce(parts, _) => {
                let mut text = String::new();
                for part in parts {
                    let option = self.option(part)?;
                    if option.form != Form::Plain {
                        return Err("COALESCE is translated for plain values only".to_owned());
                    }
                    text += &match text.is_empty() {
                        true => option.at_least(Binds::Tight),
                        false => format!(".or({})", option.text),
                    };
                }
                Ok(Code::tight(text))
            }
            Expr::Case(branches, otherwise, _) => self.case_value(branches, otherwise, true),
            Expr::Call(function, arguments, _) => {
                if raises(expr) {
                    return Err(
                        "arithmetic of what may be NULL is part of a larger expression".to_owned(),
                    );
                }
                let mut sources = Vec::new();
                arguments
                    .iter()
                    .for_each(|argument| self.sources(argument, &mut sources));
                let Some(source) = sources.first().cloned() else {
                    return self.partial(function, arguments);
                };
                let option = self.option(&source)?;
                let variable = self.variable(&source);
                self.bound
                    .push((source, Code::tight(variable.clone()).of_form(option.form)));
                let is_last = !self.nullable(expr);
                let inner = if is_last {
                    self.value(expr)
                } else {
                    self.option(expr)
                };
                self.bound.pop();
                let inner = inner?;
                let method = if is_last { "map" } else { "and_then" };
                let text = format!(
                    "{}.{method}(|{variable}| {})",
                    option.at_least(Binds::Tight),
                    inner.text
                );
                Ok(Code::tight(text).of_form(inner.form))
            }
            _ => Err("a condition is used as a value".to_owned()),
        }
    }

    fn column(&mut self, column: &str) -> Result<Code, String> {
        let name = self.parameter(column).map(|found| found.name.clone());
        let name =
            name.ok_or_else(|| format!("the column `{column}` is no part of the contract"))?;
        self.reads.insert(column.to_owned());
        Ok(Code::tight(name))
    }

    /// A value that is not NULL.
    pub(super) fn value(&mut self, expr: &Expr) -> Result<Code, String> {
        if let Some((_, code)) = self.bound.iter().rev().find(|(known, _)| known == expr) {
            return Ok(code.clone());
        }
        match expr {
            Expr::Column(column, _) => self.column(column),
            Expr::Literal(found, data_type) => self.literal(found, data_type),
            Expr::Case(branches, otherwise, _) => self.case_value(branches, otherwise, false),
            Expr::Coalesce(parts, _) => {
                let mut text = String::new();
                for part in parts {
                    if self.nullable(part) {
                        let option = self.option(part)?;
                        if option.form != Form::Plain {
                            return Err("COALESCE is translated for plain values only".to_owned());
                        }
                        text += &match text.is_empty() {
                            true => option.at_least(Binds::Tight),
                            false => format!(".or({})", option.text),
                        };
                        continue;
                    }
                    let plain = self.value(part)?;
                    if plain.form != Form::Plain {
                        return Err("COALESCE is translated for plain values only".to_owned());
                    }
                    return Ok(match text.is_empty() {
                        true => plain,
                        false => Code::tight(format!("{text}.unwrap_or({})", plain.text)),
                    });
                }
                Err("COALESCE of nothing".to_owned())
            }
            Expr::CountNulls { of, nulls } => {
                let tests: Vec<String> = of
                    .iter()
                    .map(|part| {
                        Ok(match self.is_null(part, !*nulls)? {
                            code if code.is(true) => "true".to_owned(),
                            code => code.text,
                        })
                    })
                    .collect::<Result<_, String>>()?;
                let text = format!(
                    "[{}].into_iter().filter(|found| *found).count()",
                    tests.join(", ")
                );
                Ok(Code::tight(text).of_form(Form::Count))
            }
            Expr::Call(function, arguments, found) => self.called(function, arguments, found),
            _ if expr.data_type() == Type::Bool => {
                if self.condition_nullable(expr) {
                    return Err("a condition that may be NULL is used as a value".to_owned());
                }
                self.truth(expr, Ask::TRUE)
            }
            _ => Err("a part of it is no value".to_owned()),
        }
    }

    fn case_value(
        &mut self,
        branches: &[(Expr, Expr)],
        otherwise: &Expr,
        as_option: bool,
    ) -> Result<Code, String> {
        let conditions: Vec<String> = branches
            .iter()
            .map(|(condition, _)| Ok(self.truth(condition, Ask::TRUE)?.text))
            .collect::<Result<_, String>>()?;
        let values = branches.iter().map(|(_, value)| value).chain([otherwise]);
        let mut results = Vec::new();
        for value in values {
            let code = match as_option {
                true => self.option(value)?,
                false => self.value(value)?,
            };
            results.push((matches!(value, Expr::Null(_)), code));
        }
        let mut forms = results
            .iter()
            .filter(|(is_null, _)| !is_null)
            .map(|(_, code)| code.form);
        let form = forms.next().unwrap_or(Form::Plain);
        let is_mixed = forms.any(|other| other != form);
        if is_mixed && otherwise.data_type() != Type::Text {
            return Err("the branches of CASE are of different forms in Rust".to_owned());
        }
        // Texts that are borrowed, and texts that are made: `Cow` is either.
        let results =
            results
                .into_iter()
                .map(|(is_null, code)| match (is_mixed && !is_null, as_option) {
                    (false, _) => code.text,
                    (true, true) => format!(
                        "{}.map(std::borrow::Cow::from)",
                        code.at_least(Binds::Tight)
                    ),
                    (true, false) => format!("std::borrow::Cow::from({})", code.text),
                });
        let results: Vec<String> = results.collect();
        let mut text = String::new();
        for (condition, result) in conditions.iter().zip(&results) {
            text += &format!("if {condition} {{ {result} }} else ");
        }
        text += &format!("{{ {} }}", results.last().map_or("", String::as_str));
        let form = if is_mixed { Form::Owned } else { form };
        Ok(Code::new(text, Binds::Block).of_form(form))
    }

    /// A function that is NULL by itself, of arguments that are not, as an `Option`.
    fn partial(&mut self, function: &Function, arguments: &[Expr]) -> Result<Code, String> {
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

    /// The test that an element of an array, `&Option<T>`, is a constant.
    fn element_equals(&mut self, array: &Expr, wanted: &Expr) -> Result<String, String> {
        let Type::Array(element) = array.data_type() else {
            return Err("it is no array".to_owned());
        };
        let wanted = self.value(wanted)?;
        Ok(match *element {
            Type::Text | Type::Bpchar => format!("element.as_deref() == Some({})", wanted.text),
            ref found
                if is_integer(found)
                    || matches!(found, Type::Enum(_) | Type::Uuid | Type::Bool) =>
            {
                format!("*element == Some({})", wanted.text)
            }
            ref other => return Err(format!("it looks for {} in an array", described(other))),
        })
    }

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

    fn one_of(
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

    /// `value op ANY (array)`: the elements can be NULL.
    pub(super) fn elements(&mut self, expr: &Expr, ask: Ask) -> Result<Code, String> {
        let Expr::Elements {
            comparison,
            all,
            value,
            array,
        } = expr
        else {
            return Err("it is no array".to_owned());
        };
        let Type::Array(element) = array.data_type() else {
            return Err("it is no array".to_owned());
        };
        let array = self.value(array)?;
        let iterator = match *element {
            Type::Text | Type::Bpchar => ".map(Option::as_deref)",
            Type::Numeric | Type::Json | Type::Jsonb | Type::Citext | Type::Bytea => {
                return Err(format!("it compares elements of {}", described(&element)));
            }
            _ => ".copied()",
        };
        let name = "element".to_owned();
        let column = format!("\0{}", self.bound.len());
        self.parameters.push(Parameter {
            column: column.clone(),
            name: name.clone(),
            nullable: true,
        });
        let one = Expr::Call(
            super::Function::Compare(*comparison),
            vec![
                value.as_ref().clone(),
                Expr::Column(column, (*element).clone()),
            ],
            Type::Bool,
        );
        let test = self.truth(&one, ask);
        self.parameters.pop();
        let method = if *all != ask.negated { "all" } else { "any" };
        Ok(Code::tight(format!(
            "{}.iter(){iterator}.{method}(|{name}| {})",
            array.at_least(Binds::Tight),
            test?.text
        )))
    }

    fn called(
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

    fn widened(&mut self, from: &Expr, code: Code, to: &Type) -> Result<Code, String> {
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

    /// `<@` and `&&`: each, or one, of the elements is one of the constants. NULL is none of them.
    fn contained(
        &mut self,
        array: &Expr,
        subject: &str,
        constants: &[Literal],
        method: &str,
    ) -> Result<Code, String> {
        let Type::Array(element) = array.data_type() else {
            return Err("it is no array".to_owned());
        };
        let patterns: Vec<String> = constants
            .iter()
            .map(|constant| Ok(format!("Some({})", self.literal(constant, &element)?.text)))
            .collect::<Result<_, String>>()?;
        if patterns.is_empty() {
            return Ok(match method {
                "all" => Code::tight(format!("{subject}.is_empty()")),
                _ => Code::truth(false),
            });
        }
        let value = match *element {
            Type::Text | Type::Bpchar => "element.as_deref()",
            Type::Int2 | Type::Int4 | Type::Int8 | Type::Enum(_) => "element",
            ref other => return Err(format!("it compares arrays of {}", described(other))),
        };
        Ok(Code::tight(format!(
            "{subject}.iter().{method}(|element| matches!({value}, {}))",
            patterns.join(" | ")
        )))
    }

    fn arithmetic(
        &mut self,
        operation: Arithmetic,
        arguments: &[Expr],
        found: &Type,
    ) -> Result<Code, String> {
        let [left, right] = arguments else {
            return Err("a calculation has two sides".to_owned());
        };
        if !is_integer(found) {
            return Err(format!("it calculates with {}", described(found)));
        }
        let (left, right) = (self.integer(left, found)?, self.integer(right, found)?);
        let method = match operation {
            Arithmetic::Add => "checked_add",
            Arithmetic::Subtract => "checked_sub",
            Arithmetic::Multiply => "checked_mul",
            Arithmetic::Divide => "checked_div",
            // The least number modulo -1 is 0 in PostgreSQL.
            Arithmetic::Remainder => {
                let text = format!("({right} != 0).then(|| {left}.wrapping_rem({right}))");
                return Ok(checked(&text));
            }
        };
        Ok(checked(&format!("{left}.{method}({right})")))
    }

    /// An integer, widened to a type.
    fn integer(&mut self, expr: &Expr, to: &Type) -> Result<String, String> {
        let rust = rust_integer(to)?;
        if let Expr::Literal(Literal::Int(value), _) = expr {
            return Ok(format!("{value}_{rust}"));
        }
        let code = self.value(expr)?;
        if code.form == Form::Count {
            return Ok(format!(
                "{rust}::try_from({}).unwrap_or({rust}::MAX)",
                code.text
            ));
        }
        Ok(match expr.data_type() == *to {
            true => code.at_least(Binds::Tight),
            false => format!("{rust}::from({})", code.text),
        })
    }
}

pub(super) fn rust_integer(found: &Type) -> Result<&'static str, String> {
    Ok(match found {
        Type::Int2 => "i16",
        Type::Int4 => "i32",
        Type::Int8 => "i64",
        other => return Err(format!("it calculates with {}", described(other))),
    })
}

/// A calculation that gives nothing where PostgreSQL raises an error, which refuses the row.
fn checked(option: &str) -> Code {
    Code::new(
        format!("match {option} {{ Some(value) => value, None => return false }}"),
        Binds::Block,
    )
}

/// A raw literal.
pub(super) fn raw(text: &str) -> String {
    if text.chars().any(char::is_control) {
        return format!("{text:?}");
    }
    if !text.contains(['\\', '"']) {
        return format!("\"{text}\"");
    }
    let mut hashes = String::new();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}

/// The patterns that Rust has a method for.
fn like(subject: &str, parts: &[Part]) -> Option<Code> {
    let text = match parts {
        [] => format!("{subject}.is_empty()"),
        [Part::Many] => "true".to_owned(),
        [Part::Text(only)] => {
            return Some(Code::new(format!("{subject} == {only:?}"), Binds::Compare));
        }
        [Part::Text(start), Part::Many] => format!("{subject}.starts_with({start:?})"),
        [Part::Many, Part::Text(end)] => format!("{subject}.ends_with({end:?})"),
        [Part::Many, Part::Text(middle), Part::Many] => format!("{subject}.contains({middle:?})"),
        _ => return None,
    };
    Some(Code::tight(text))
}

fn like_text(part: &Part) -> String {
    match part {
        Part::One => "_".to_owned(),
        Part::Many => "%".to_owned(),
        Part::Text(text) => text
            .replace('\\', r"\\")
            .replace('%', r"\%")
            .replace('_', r"\_"),
    }
}
