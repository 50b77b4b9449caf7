//! Values: of columns, of constants, of CASE and COALESCE.

use super::super::tree::{Expr, Type};
use super::code::{Ask, Binds, Code, Form};
use super::{Parameter, Printer};

impl Printer<'_> {
    pub(super) fn parameter(&self, column: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|found| found.column == column)
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
            Expr::Coalesce(parts, found) => self.coalesced(parts, found, true),
            Expr::Extreme(parts, is_greatest, found) => {
                self.extreme(parts, *is_greatest, found, true)
            }
            Expr::Case(branches, otherwise, _) => self.case_value(branches, otherwise, true),
            Expr::Call(function, arguments, found) => {
                if self.raises(expr) {
                    let values: Vec<&Expr> = arguments.iter().collect();
                    return self.matched(&values, "None", |printer| {
                        if !printer.nullable(expr) {
                            let value = printer.value(expr)?;
                            let form = value.form;
                            return Ok(Code::tight(format!("Some({})", value.text)).of_form(form));
                        }
                        match arguments.iter().any(|argument| printer.nullable(argument)) {
                            true => {
                                Err("what may raise an error is NULL in too many ways".to_owned())
                            }
                            false => printer.partial(function, arguments, found),
                        }
                    });
                }
                let mut sources = Vec::new();
                arguments
                    .iter()
                    .for_each(|argument| self.sources(argument, &mut sources));
                let Some(source) = sources.first().cloned() else {
                    return self.partial(function, arguments, found);
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

    pub(super) fn column(&mut self, column: &str) -> Result<Code, String> {
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
            Expr::Coalesce(parts, found) => self.coalesced(parts, found, false),
            Expr::Extreme(parts, is_greatest, found) => {
                self.extreme(parts, *is_greatest, found, false)
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

    pub(super) fn case_value(
        &mut self,
        branches: &[(Expr, Expr)],
        otherwise: &Expr,
        as_option: bool,
    ) -> Result<Code, String> {
        let conditions: Vec<String> = branches
            .iter()
            .map(|(condition, _)| Ok(self.truth(condition, Ask::TRUE)?.text))
            .collect::<Result<_, String>>()?;
        let values: Vec<&Expr> = branches
            .iter()
            .map(|(_, value)| value)
            .chain([otherwise])
            .collect();
        let was_typed = std::mem::replace(&mut self.is_typed, true);
        let unified = self.unified(&values, &otherwise.data_type(), |_| as_option);
        self.is_typed = was_typed;
        let (results, form) = unified?;
        let mut text = String::new();
        for (condition, result) in conditions.iter().zip(&results) {
            text += &format!("if {condition} {{ {result} }} else ");
        }
        text += &format!("{{ {} }}", results.last().map_or("", String::as_str));
        Ok(Code::new(text, Binds::Block).of_form(form))
    }
}
