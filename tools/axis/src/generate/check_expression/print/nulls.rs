//! What can be NULL, and how it is asked for.

use super::super::functions::is_integer;
use super::super::tree::{Arithmetic, Expr, Function, Type};
use super::Printer;
use super::code::{Binds, Code};
use super::reach::is_held;
use super::time::even_length;

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
            Expr::Coalesce(parts, _) | Expr::Extreme(parts, _, _) => {
                parts.iter().all(|part| self.nullable(part))
            }
            // The elements can be NULL.
            Expr::Elements { .. } => true,
            Expr::And(parts) | Expr::Or(parts) => {
                parts.iter().any(|part| self.condition_nullable(part))
            }
            Expr::Not(inner) => self.condition_nullable(inner),
            _ => false,
        }
    }

    /// Whether a condition can be NULL.
    pub(super) fn condition_nullable(&self, expr: &Expr) -> bool {
        match expr {
            Expr::And(parts) | Expr::Or(parts) => {
                parts.iter().any(|part| self.condition_nullable(part))
            }
            Expr::Not(inner) => self.condition_nullable(inner),
            other => self.nullable(other),
        }
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

    /// Whether evaluating it can end in an error.
    pub(super) fn raises(&self, expr: &Expr) -> bool {
        if self.bound.iter().any(|(known, _)| known == expr) {
            return false;
        }
        self.raises_itself(expr) || expr.parts().into_iter().any(|part| self.raises(part))
    }

    /// Whether it can end in an error although no part of it does.
    pub(super) fn raises_itself(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Call(Function::Arithmetic(operation), arguments, Type::Numeric) => {
                *operation == Arithmetic::Remainder || self.is_beyond(*operation, arguments)
            }
            Expr::Call(Function::Negate | Function::Absolute, _, data_type) => {
                is_integer(data_type)
            }
            Expr::Call(
                Function::Narrow
                | Function::Moved { .. }
                | Function::DateMoved { .. }
                | Function::JsonParsed
                | Function::JsonbWithout(_)
                | Function::JsonbArrayLength,
                ..,
            ) => true,
            Expr::Call(Function::Arithmetic(operation), arguments, found) => {
                !is_held(*operation, arguments, found)
            }
            Expr::Call(Function::Truncated(unit), ..) => even_length(unit).is_none(),
            _ => false,
        }
    }

    /// Whether the result of a calculation with `numeric` may have more digits than PostgreSQL holds. Of a column's value Diesel
    /// sends at most 131,064 of the 131,072 digits before the point, which leaves room for sums.
    pub(super) fn is_beyond(&self, operation: Arithmetic, arguments: &[Expr]) -> bool {
        let is_product = |argument: &Expr| {
            let mut found = operation == Arithmetic::Multiply;
            argument.visit(&mut |part| {
                found |= matches!(
                    part,
                    Expr::Call(Function::Arithmetic(Arithmetic::Multiply), _, Type::Numeric)
                );
            });
            found
        };
        let mut arguments = arguments.iter();
        arguments.any(|argument| self.is_long(argument) && is_product(argument))
    }

    /// Whether it is made of a `numeric` that may have as many digits as PostgreSQL holds.
    pub(super) fn is_long(&self, expr: &Expr) -> bool {
        let mut found = false;
        expr.visit(&mut |part| {
            found |= match part {
                Expr::Column(column, Type::Numeric) => {
                    self.parameter(column).is_none_or(|known| !known.is_short)
                }
                Expr::Call(Function::Member(_), _, found) => *found == Type::Numeric,
                _ => false,
            };
        });
        found
    }

    /// Prints what is strict in some values: each that can be NULL is asked for, once.
    pub(super) fn around(
        &mut self,
        values: &[&Expr],
        null: bool,
        whole: &Expr,
        print: impl FnOnce(&mut Self) -> Result<Code, String>,
    ) -> Result<Code, String> {
        if self.raises(whole) {
            return self.matched(values, &null.to_string(), print);
        }
        let mut sources = Vec::new();
        values
            .iter()
            .for_each(|value| self.sources(value, &mut sources));
        let Some(source) = sources.first().cloned() else {
            return print(self);
        };
        let needed = (self.helpers.clone(), self.reads.clone());
        let option = self.option(&source)?;
        let variable = self.variable(&source);
        let form = option.form;
        self.bound
            .push((source, Code::tight(variable.clone()).of_form(form)));
        let inner = self.around(values, null, whole, print);
        self.bound.pop();
        let inner = inner?;
        if inner.is(null) {
            // What the value needs is not needed.
            (self.helpers, self.reads) = needed;
            return Ok(inner);
        }
        let subject = option.at_least(Binds::Tight);
        if inner.is(!null) {
            let method = if null { "is_none" } else { "is_some" };
            return Ok(Code::tight(format!("{subject}.{method}()")));
        }
        let method = if null { "is_none_or" } else { "is_some_and" };
        Ok(Code::tight(format!(
            "{subject}.{method}(|{variable}| {})",
            inner.text
        )))
    }

    /// The same where a part may raise an error: a `?` returns from no closure, and PostgreSQL evaluates every argument
    /// before it asks which of them are NULL.
    pub(super) fn matched(
        &mut self,
        values: &[&Expr],
        null: &str,
        print: impl FnOnce(&mut Self) -> Result<Code, String>,
    ) -> Result<Code, String> {
        let mut all: Vec<Expr> = Vec::new();
        for value in values {
            self.sources(value, &mut all);
        }
        let mut sources: Vec<Expr> = Vec::new();
        for value in values {
            for source in self.evaluated(value, all.len()) {
                if !sources.contains(&source) {
                    sources.push(source);
                }
            }
        }
        let (mut places, mut patterns, mut bound) = (Vec::new(), Vec::new(), Vec::new());
        let depth = self.bound.len();
        for source in sources {
            let variable = self.variable(&source);
            let nullable = self.nullable(&source);
            let code = match nullable {
                true => self.option(&source)?,
                false => self.value(&source)?,
            };
            patterns.push(match nullable {
                true => format!("Some({variable})"),
                false => variable.clone(),
            });
            places.push(code.text);
            // Taken at once, so that no other has its name.
            let reserved = Expr::Column(format!("\0{variable}"), Type::Bool);
            self.bound.push((reserved, Code::tight(variable.clone())));
            bound.push((source, Code::tight(variable).of_form(code.form)));
        }
        self.bound.truncate(depth);
        self.bound.extend(bound);
        let inner = print(self);
        self.bound.truncate(depth);
        let inner = inner?;
        Ok(match (places.as_slice(), patterns.as_slice()) {
            ([], _) => inner,
            ([place], [pattern]) => Code::new(
                format!(
                    "match {place} {{ {pattern} => {}, None => {null} }}",
                    inner.text
                ),
                Binds::Block,
            )
            .of_form(inner.form),
            _ => Code::new(
                format!(
                    "match ({}) {{ ({}) => {}, _ => {null} }}",
                    places.join(", "),
                    patterns.join(", "),
                    inner.text
                ),
                Binds::Block,
            )
            .of_form(inner.form),
        })
    }

    /// What PostgreSQL has evaluated before it asks of so many sources which are NULL: each part that may raise an error and
    /// needs fewer of them.
    fn evaluated(&self, value: &Expr, all: usize) -> Vec<Expr> {
        let mut own = Vec::new();
        self.sources(value, &mut own);
        match value {
            _ if !self.raises(value) => own,
            _ if own.len() != all => vec![value.clone()],
            Expr::Call(function, arguments, _) if !is_partial(function) => {
                let arguments = arguments.iter();
                arguments
                    .flat_map(|argument| self.evaluated(argument, all))
                    .collect()
            }
            _ => own,
        }
    }

    pub(super) fn variable(&self, source: &Expr) -> String {
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
}

/// Whether it is NULL for some arguments that are not. A pattern that looks around says nothing of a text that takes it beyond
/// its engine's limit: such a text is left to the database, whatever the rule makes of the answer.
pub(super) fn is_partial(function: &Function) -> bool {
    let looks_around = matches!(function, Function::Matches(pattern) if pattern.looks_around);
    looks_around
        || matches!(
            function,
            Function::JsonbGet(_)
                | Function::JsonbGetIndex(_)
                | Function::JsonbText
                | Function::ArrayLength
                | Function::ArrayNdims
                | Function::ArrayLower
                | Function::NullPosition
                | Function::PositionOf
                | Function::JsonText
                | Function::RangeBound(_)
                | Function::JsonbPath(_)
                | Function::ArrayElement(_)
                | Function::Member(_)
        )
}
