//! What can be NULL, and how it is asked for.

use super::super::tree::{Expr, Function};
use super::Printer;
use super::code::{Binds, Code};

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

/// Whether it is NULL for some arguments that are not.
pub(super) fn is_partial(function: &Function) -> bool {
    matches!(
        function,
        Function::JsonbGet(_)
            | Function::JsonbGetIndex(_)
            | Function::JsonbText
            | Function::ArrayLength
            | Function::ArrayNdims
            | Function::ArrayLower
            | Function::NullPosition
            | Function::PositionOf
    )
}

/// Whether evaluating it can end in an error.
pub(super) fn raises(expr: &Expr) -> bool {
    let mut found = false;
    expr.visit(&mut |part| {
        found |= matches!(
            part,
            Expr::Call(
                Function::Arithmetic(_)
                    | Function::Negate
                    | Function::Absolute
                    | Function::JsonbArrayLength,
                ..
            )
        );
    });
    found
}
