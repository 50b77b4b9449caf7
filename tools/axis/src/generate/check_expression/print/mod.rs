//! Last step: a rule as Rust, the way a person would write it.
//!
//! A condition of SQL has three values, its Rust has two. So it is printed by polarity: as the answer to "is it true?", or
//! to "is it not false?", which is what a CHECK asks. Under NOT the two change places, and no `Option<bool>` is left.

mod compare;
mod value;

use std::collections::BTreeSet;

use super::super::catalog::Name;
use super::tree::{Comparison, Expr, Function, Literal, Type};

/// The value of a column, as the function of a rule gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// The column.
    pub(crate) column: String,
    /// Its name in the function.
    pub(crate) name: String,
    /// Whether it can be NULL: then it is an `Option`.
    pub(crate) nullable: bool,
}

/// An enum, as Rust has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RustEnum {
    /// Path of the type.
    pub(crate) path: String,
    /// Its labels in order, each with its variant.
    pub(crate) variants: Vec<(String, String)>,
}

/// A rule as Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Printed {
    /// The body of a function that says whether the rule accepts the values.
    pub(crate) body: String,
    /// The functions of `postgres.rs` that it calls.
    pub(crate) helpers: BTreeSet<&'static str>,
    /// The parameters that it reads.
    pub(crate) reads: BTreeSet<String>,
}

/// Prints whether a rule accepts a row: whether it is not false.
pub(crate) fn accepts(
    rule: &Expr,
    parameters: &[Parameter],
    enums: &dyn Fn(&Name) -> Option<RustEnum>,
) -> Result<Printed, String> {
    let mut printer = Printer {
        parameters: parameters.to_vec(),
        enums,
        bound: Vec::new(),
        statics: Vec::new(),
        helpers: BTreeSet::new(),
        reads: BTreeSet::new(),
    };
    let condition = printer.truth(rule, Ask::NOT_FALSE)?;
    Ok(Printed {
        body: format!("{}{}", printer.statics.concat(), condition.text),
        helpers: printer.helpers,
        reads: printer.reads,
    })
}

/// Prints a constant, as an argument of a function.
pub(super) fn constant(
    constant: &Expr,
    enums: &dyn Fn(&Name) -> Option<RustEnum>,
) -> Result<(String, BTreeSet<&'static str>), String> {
    let mut printer = Printer {
        parameters: Vec::new(),
        enums,
        bound: Vec::new(),
        statics: Vec::new(),
        helpers: BTreeSet::new(),
        reads: BTreeSet::new(),
    };
    let code = printer.value(constant)?;
    match printer.statics.is_empty() {
        true => Ok((code.text, printer.helpers)),
        false => Err("a constant needs more than itself".to_owned()),
    }
}

/// What is asked of a condition.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Ask {
    /// Whether it is false, instead of whether it is true.
    negated: bool,
    /// The answer where it is NULL.
    null: bool,
}

impl Ask {
    const TRUE: Self = Self {
        negated: false,
        null: false,
    };
    const NOT_FALSE: Self = Self {
        negated: false,
        null: true,
    };

    fn not(self) -> Self {
        Self {
            negated: !self.negated,
            null: self.null,
        }
    }
}

/// How tightly a piece of Rust holds together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Binds {
    /// An `if`, which would be a statement at the start of an expression.
    Block,
    Or,
    And,
    Compare,
    Tight,
}

/// What a piece of Rust is, where its type alone does not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As a parameter of the type is.
    Plain,
    /// A `String` or a `BigDecimal`, not a reference to one.
    Owned,
    /// A `usize`.
    Count,
}

/// A piece of Rust.
#[derive(Clone, Debug)]
struct Code {
    text: String,
    binds: Binds,
    form: Form,
}

impl Code {
    fn new(text: impl Into<String>, binds: Binds) -> Self {
        Self {
            text: text.into(),
            binds,
            form: Form::Plain,
        }
    }

    fn tight(text: impl Into<String>) -> Self {
        Self::new(text, Binds::Tight)
    }

    fn truth(value: bool) -> Self {
        Self::tight(value.to_string())
    }

    fn of_form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// The text, in parentheses unless it binds more tightly.
    fn above(&self, binds: Binds) -> String {
        match self.binds > binds {
            true => self.text.clone(),
            false => format!("({})", self.text),
        }
    }

    fn at_least(&self, binds: Binds) -> String {
        match self.binds >= binds {
            true => self.text.clone(),
            false => format!("({})", self.text),
        }
    }

    fn is(&self, value: bool) -> bool {
        self.text == if value { "true" } else { "false" }
    }
}

struct Printer<'a> {
    parameters: Vec<Parameter>,
    enums: &'a dyn Fn(&Name) -> Option<RustEnum>,
    /// What is known not to be NULL, and the variable that holds it.
    bound: Vec<(Expr, Code)>,
    statics: Vec<String>,
    helpers: BTreeSet<&'static str>,
    reads: BTreeSet<String>,
}

impl Printer<'_> {
    /// Answers what is asked of a condition.
    fn truth(&mut self, expr: &Expr, ask: Ask) -> Result<Code, String> {
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
            Expr::Call(_, arguments, _) => {
                let arguments: Vec<&Expr> = arguments.iter().collect();
                self.around(&arguments, ask.null, expr, |printer| {
                    printer.strict(expr, ask.negated)
                })
            }
            Expr::Elements { value, array, .. } => {
                if self.nullable(value) {
                    return Err("it looks for a value that may be NULL in an array".to_owned());
                }
                self.around(&[array], ask.null, expr, |printer| {
                    printer.elements(expr, ask)
                })
            }
            Expr::Column(..) | Expr::Coalesce(..) => {
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

    /// `AND` and `OR`, which change places under NOT.
    fn joined(&mut self, parts: &[Expr], ask: Ask, is_and: bool) -> Result<Code, String> {
        if let Some(first) = parts.first()
            && let Some(subject) = self.common_subject(parts)
            && parts.len() > 1
            && self.nullable(&subject)
        {
            // All of them are NULL where the one subject is: ask for it once.
            let _ = first;
            let whole = parts.to_vec();
            return self.around(&[&subject], ask.null, &subject, |printer| {
                printer.joined(&whole, ask, is_and)
            });
        }
        self.check_raising(parts, ask, is_and)?;
        let parts = self.without_guards(parts, ask, is_and);
        let binds = if is_and { Binds::And } else { Binds::Or };
        let mut texts = Vec::new();
        for part in parts {
            let code = self.truth(&part, ask)?;
            if code.is(!is_and) {
                return Ok(Code::truth(!is_and));
            }
            if !code.is(is_and) {
                texts.push(code);
            }
        }
        Ok(match texts.as_slice() {
            [] => Code::truth(is_and),
            [only] => only.clone(),
            _ => {
                let sign = if is_and { " && " } else { " || " };
                let texts: Vec<String> = texts
                    .iter()
                    .map(|code| {
                        code.at_least(if code.binds == binds {
                            binds
                        } else {
                            Binds::Compare
                        })
                    })
                    .collect();
                Code::new(texts.join(sign), binds)
            }
        })
    }

    /// An error of SQL ends the evaluation: no part may be skipped that PostgreSQL evaluates.
    fn check_raising(&self, parts: &[Expr], ask: Ask, is_and: bool) -> Result<(), String> {
        let Some(last) = parts.iter().rposition(raises) else {
            return Ok(());
        };
        let null_goes_on = ask.null == is_and;
        match null_goes_on
            || !parts[..last]
                .iter()
                .any(|part| self.condition_nullable(part))
        {
            true => Ok(()),
            false => Err(
                "a part of it may raise an error, and whether it is evaluated depends on a NULL"
                    .to_owned(),
            ),
        }
    }

    /// `x IS NULL OR rule(x)`: where NULL is accepted anyway, the first says nothing. So too `x IS NOT NULL AND rule(x)`.
    fn without_guards(&self, parts: &[Expr], ask: Ask, is_and: bool) -> Vec<Expr> {
        let guarded = |part: &Expr| {
            // The part is true for NULL, in a question that NULL satisfies, or the other way round.
            let (inner, when_null) = match part {
                Expr::IsNull(inner) => (inner, !ask.negated),
                Expr::Not(inner) => match inner.as_ref() {
                    Expr::IsNull(inner) => (inner, ask.negated),
                    _ => return None,
                },
                _ => return None,
            };
            (when_null == ask.null && ask.null != is_and).then(|| inner.as_ref().clone())
        };
        let kept = parts.iter().filter(|part| match guarded(part) {
            None => true,
            Some(subject) => !parts.iter().any(|other| {
                !matches!(other, Expr::IsNull(_)) && self.is_strict_in(other, &subject)
            }),
        });
        kept.cloned().collect()
    }

    /// Whether the condition is NULL where that is.
    fn is_strict_in(&self, expr: &Expr, subject: &Expr) -> bool {
        match expr {
            Expr::Not(inner) => self.is_strict_in(inner, subject),
            Expr::Column(..) => expr == subject,
            Expr::Call(_, arguments, _) => arguments
                .iter()
                .any(|argument| argument == subject || self.is_strict_in(argument, subject)),
            Expr::Elements { array, .. } => array.as_ref() == subject,
            Expr::And(parts) | Expr::Or(parts) => {
                parts.iter().all(|part| self.is_strict_in(part, subject))
            }
            _ => false,
        }
    }

    /// The one thing that decides whether each of the parts is NULL.
    fn common_subject(&self, parts: &[Expr]) -> Option<Expr> {
        let mut common = None;
        for part in parts {
            let mut found = Vec::new();
            self.sources(strip_not(part), &mut found);
            match (found.as_slice(), &common) {
                ([one], None) if self.is_strict_in(part, one) => common = Some(one.clone()),
                ([one], Some(known)) if one == known && self.is_strict_in(part, one) => {}
                _ => return None,
            }
        }
        common
    }

    fn is_null(&mut self, inner: &Expr, negated: bool) -> Result<Code, String> {
        if inner.data_type() == Type::Bool && !matches!(inner, Expr::Column(..)) {
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
            return Ok(Code::truth(negated));
        }
        let method = if negated { "is_some" } else { "is_none" };
        // A function that is NULL only where an argument is: ask the arguments.
        if let Expr::Call(function, arguments, _) = inner
            && !is_partial(function)
            && !raises(inner)
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

    fn distinct(&mut self, left: &Expr, right: &Expr, negated: bool) -> Result<Code, String> {
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

    fn case(
        &mut self,
        branches: &[(Expr, Expr)],
        otherwise: &Expr,
        ask: Ask,
    ) -> Result<Code, String> {
        let mut text = String::new();
        for (condition, result) in branches {
            let condition = self.truth(condition, Ask::TRUE)?;
            let result = self.truth(result, ask)?;
            text += &format!("if {} {{ {} }} else ", condition.text, result.text);
        }
        let otherwise = self.truth(otherwise, ask)?;
        Ok(Code::new(
            format!("{text}{{ {} }}", otherwise.text),
            Binds::Block,
        ))
    }

    fn compared_conditions(
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
        if raises(left) || raises(right) {
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

    /// Whether a condition can be NULL.
    fn condition_nullable(&self, expr: &Expr) -> bool {
        match expr {
            Expr::And(parts) | Expr::Or(parts) => {
                parts.iter().any(|part| self.condition_nullable(part))
            }
            Expr::Not(inner) => self.condition_nullable(inner),
            other => self.nullable(other),
        }
    }
}

fn strip_not(expr: &Expr) -> &Expr {
    match expr {
        Expr::Not(inner) => strip_not(inner),
        other => other,
    }
}

fn negated_if(code: Code, negated: bool) -> Code {
    match negated {
        false => code,
        true => Code::tight(format!("!{}", code.at_least(Binds::Tight))),
    }
}

/// Whether it is NULL for some arguments that are not.
fn is_partial(function: &Function) -> bool {
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
fn raises(expr: &Expr) -> bool {
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
