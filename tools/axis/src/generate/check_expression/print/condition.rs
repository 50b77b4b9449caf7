//! Conditions by polarity.

use super::super::tree::{Comparison, Expr, Function, Literal, Type};
use super::Printer;
use super::code::{Ask, Binds, Code, negated_if};
use super::nulls::is_partial;

impl Printer<'_> {
    /// Answers what is asked of a condition.
    pub(super) fn truth(&mut self, expr: &Expr, ask: Ask) -> Result<Code, String> {
        match expr {
            Expr::Literal(Literal::Bool(value), _) => Ok(Code::truth(*value != ask.negated)),
            Expr::Null(_) => Ok(Code::truth(ask.null)),
            Expr::Not(inner) => self.truth(inner, ask.not()),
            Expr::And(parts) => self.joined(parts, ask, !ask.negated),
            Expr::Or(parts) => self.joined(parts, ask, ask.negated),
            Expr::IsNull(inner) => self.is_null(inner, ask.negated),
            Expr::Is(inner, value) => {
                // Two-valued: NULL is neither true nor false.
                let asked = Ask {
                    negated: ask.negated == *value,
                    null: ask.negated,
                };
                self.truth(inner, asked)
            }
            Expr::Distinct(left, right) => self.distinct(left, right, ask.negated),
            Expr::Case(branches, otherwise, _) => self.case(branches, otherwise, ask),
            Expr::Call(Function::Compare(comparison), arguments, _)
                if arguments
                    .iter()
                    .all(|argument| argument.data_type() == Type::Bool) =>
            {
                self.compared_conditions(*comparison, arguments, ask)
            }
            Expr::Call(function, arguments, _) if !is_partial(function) => {
                let arguments: Vec<&Expr> = arguments.iter().collect();
                self.around(&arguments, ask.null, expr, |printer| {
                    printer.strict(expr, ask.negated)
                })
            }
            Expr::Elements { value, array, .. } => {
                if self.raises(expr) {
                    return Err("it looks for what may raise an error in an array".to_owned());
                }
                self.around(&[array], ask.null, expr, |printer| {
                    printer.elements_or_none(expr, value, array, ask)
                })
            }
            Expr::Column(..) | Expr::Coalesce(..) | Expr::Call(..) => {
                if self.nullable(expr) {
                    let option = self.option(expr)?;
                    let wanted = ask.negated == ask.null;
                    let sign = if ask.null { "!=" } else { "==" };
                    return Ok(Code::new(
                        format!("{} {sign} Some({wanted})", option.above(Binds::Compare)),
                        Binds::Compare,
                    ));
                }
                let plain = self.value(expr)?;
                Ok(negated_if(plain, ask.negated))
            }
            _ => Err("a part of it is no condition".to_owned()),
        }
    }

    pub(super) fn is_null(&mut self, inner: &Expr, negated: bool) -> Result<Code, String> {
        let is_read = match inner {
            Expr::Column(..) => true,
            Expr::Call(function, ..) => is_partial(function),
            _ => false,
        };
        if inner.data_type() == Type::Bool && !is_read {
            // Neither true nor false.
            let ask = |negated| Ask {
                negated,
                null: true,
            };
            let (not_false, not_true) = (
                self.truth(inner, ask(false))?,
                self.truth(inner, ask(true))?,
            );
            let both = Code::new(
                format!(
                    "{} && {}",
                    not_false.above(Binds::And),
                    not_true.above(Binds::And)
                ),
                Binds::And,
            );
            return Ok(negated_if(both, negated));
        }
        if !self.nullable(inner) {
            return match self.raises(inner) {
                false => Ok(Code::truth(negated)),
                true => Err("it asks whether a calculation is NULL that may raise".to_owned()),
            };
        }
        if let Expr::Coalesce(parts, _) | Expr::Extreme(parts, _, _) = inner
            && !self.raises(inner)
        {
            // NULL where each of them is.
            let parts = parts
                .iter()
                .map(|part| Expr::IsNull(Box::new(part.clone())));
            let ask = Ask {
                negated,
                null: false,
            };
            return self.truth(&Expr::And(parts.collect()), ask);
        }
        let method = if negated { "is_some" } else { "is_none" };
        if let Some(code) = self.is_member_null(inner, method)? {
            return Ok(code);
        }
        // A function that is NULL only where an argument is: ask the arguments.
        if let Expr::Call(function, arguments, _) = inner
            && !is_partial(function)
            && !self.raises(inner)
        {
            let mut sources = Vec::new();
            arguments
                .iter()
                .for_each(|argument| self.sources(argument, &mut sources));
            let tests: Vec<String> = sources
                .iter()
                .map(|source| {
                    Ok(format!(
                        "{}.{method}()",
                        self.option(source)?.at_least(Binds::Tight)
                    ))
                })
                .collect::<Result<_, String>>()?;
            return Ok(match (tests.len(), negated) {
                (1, _) => Code::tight(tests.concat()),
                (_, true) => Code::new(tests.join(" && "), Binds::And),
                (_, false) => Code::new(tests.join(" || "), Binds::Or),
            });
        }
        let option = self.option(inner)?;
        Ok(Code::tight(format!(
            "{}.{method}()",
            option.at_least(Binds::Tight)
        )))
    }

    /// Whether a member is there is asked of its field as it is.
    fn is_member_null(&mut self, inner: &Expr, method: &str) -> Result<Option<Code>, String> {
        let Expr::Call(Function::Member(name), arguments, found) = inner else {
            return Ok(None);
        };
        let composite = arguments.first().ok_or("a function has no argument")?;
        let Type::Other(of) = composite.data_type() else {
            return Ok(None);
        };
        let Some(field) = self.types.rust_member(&of, name, found)?.field else {
            return Ok(None);
        };
        if !self.nullable(composite) {
            let subject = self.value(composite)?.at_least(Binds::Tight);
            return Ok(Some(Code::tight(format!("{subject}.{field}.{method}()"))));
        }
        let option = self.option(composite)?.at_least(Binds::Tight);
        let variable = self.variable(composite);
        let of_whole = match method {
            "is_none" => "is_none_or",
            _ => "is_some_and",
        };
        Ok(Some(Code::tight(format!(
            "{option}.{of_whole}(|{variable}| {variable}.{field}.{method}())"
        ))))
    }

    pub(super) fn distinct(
        &mut self,
        left: &Expr,
        right: &Expr,
        negated: bool,
    ) -> Result<Code, String> {
        // Distinct: not both NULL, and not equal. An equality that is neither true nor both NULL.
        let equal = Expr::Call(
            Function::Compare(Comparison::Equal),
            vec![left.clone(), right.clone()],
            Type::Bool,
        );
        if let Expr::Null(_) = right {
            return self.is_null(left, !negated);
        }
        if let Expr::Null(_) = left {
            return self.is_null(right, !negated);
        }
        let is_equal = Ask {
            negated: !negated,
            null: !negated,
        };
        let equality = self.truth(&equal, is_equal)?;
        if !self.nullable(left) || !self.nullable(right) {
            return Ok(equality);
        }
        let (left, right) = (
            self.is_null(left, !negated)?,
            self.is_null(right, !negated)?,
        );
        let (inner, outer, binds) = match negated {
            false => (" || ", " && ", Binds::And),
            true => (" && ", " || ", Binds::Or),
        };
        let nulls = format!("({}{inner}{})", left.text, right.text);
        Ok(Code::new(
            format!("{}{outer}{nulls}", equality.above(Binds::And)),
            binds,
        ))
    }

    pub(super) fn case(
        &mut self,
        branches: &[(Expr, Expr)],
        otherwise: &Expr,
        ask: Ask,
    ) -> Result<Code, String> {
        let mut text = String::new();
        let otherwise = self.truth(otherwise, ask)?;
        let needed = (self.helpers.clone(), self.reads.clone(), self.statics.len());
        let mut is_one_answer = true;
        for (condition, result) in branches {
            is_one_answer &= !self.raises(condition);
            let condition = self.truth(condition, Ask::TRUE)?;
            let result = self.truth(result, ask)?;
            is_one_answer &= result.text == otherwise.text;
            text += &format!("if {} {{ {} }} else ", condition.text, result.text);
        }
        if is_one_answer {
            // What the conditions need is not needed.
            self.helpers = needed.0;
            self.reads = needed.1;
            self.statics.truncate(needed.2);
            return Ok(otherwise);
        }
        Ok(Code::new(
            format!("{text}{{ {} }}", otherwise.text),
            Binds::Block,
        ))
    }

    pub(super) fn compared_conditions(
        &mut self,
        comparison: Comparison,
        arguments: &[Expr],
        ask: Ask,
    ) -> Result<Code, String> {
        let [left, right] = arguments else {
            return Err("a comparison has two sides".to_owned());
        };
        let comparison = if ask.negated {
            comparison.negated()
        } else {
            comparison
        };
        if !self.condition_nullable(left) && !self.condition_nullable(right) {
            let (left, right) = (self.truth(left, Ask::TRUE)?, self.truth(right, Ask::TRUE)?);
            let text = format!(
                "{} {} {}",
                left.above(Binds::Compare),
                comparison.rust(),
                right.above(Binds::Compare)
            );
            return Ok(Code::new(text, Binds::Compare));
        }
        let is_column = |part: &Expr| matches!(part, Expr::Column(..));
        if is_column(left) && is_column(right) {
            return self.around(&[left, right], ask.null, left, |printer| {
                let (left, right) = (printer.value(left)?, printer.value(right)?);
                Ok(Code::new(
                    format!("{} {} {}", left.text, comparison.rust(), right.text),
                    Binds::Compare,
                ))
            });
        }
        // Equal: both true or both false. Where that is not known, each pair is asked for.
        let pairs = match comparison {
            Comparison::Equal => [(false, false), (true, true)],
            Comparison::NotEqual => [(false, true), (true, false)],
            _ => return Err("it orders conditions that may be NULL".to_owned()),
        };
        if self.raises(left) || self.raises(right) {
            return Err("it compares conditions that may raise an error".to_owned());
        }
        let mut texts = Vec::new();
        for (first, second) in pairs {
            let ask = |negated| Ask {
                negated,
                null: ask.null,
            };
            let (first, second) = (
                self.truth(left, ask(first))?,
                self.truth(right, ask(second))?,
            );
            texts.push(format!(
                "{} && {}",
                first.at_least(Binds::And),
                second.at_least(Binds::And)
            ));
        }
        Ok(Code::new(texts.join(" || "), Binds::Or))
    }
}
