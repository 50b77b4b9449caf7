//! Ranges, as PostgreSQL keeps them.

use super::super::constant::described;
use super::super::tree::{Expr, Function, Literal, RangeEnd, RangeSide, Type};
use super::Printer;
use super::code::{Binds, Code, Form};

impl Printer<'_> {
    /// A range as it is kept: `Option<(Bound<T>, Bound<T>)>`, without bounds where it is empty.
    pub(super) fn range(&mut self, expr: &Expr) -> Result<Code, String> {
        let Type::Range(bound) = expr.data_type() else {
            return Err(format!("{} is no range", described(&expr.data_type())));
        };
        if let Expr::Literal(Literal::Range(found), _) = expr {
            let Some(ends) = found else {
                return Ok(Code::tight("None"));
            };
            let (lower, upper) = (self.end(&ends.0, &bound)?, self.end(&ends.1, &bound)?);
            return Ok(Code::tight(format!("Some(({lower}, {upper}))")));
        }
        let code = self.value(expr)?;
        let kept = match *bound {
            Type::Int4 | Type::Int8 => "|bound| *bound".to_owned(),
            Type::Date => "|bound| *bound".to_owned(),
            Type::Numeric => "Clone::clone".to_owned(),
            Type::Timestamp => {
                format!("|bound| {}(*bound)", self.helper("sent_timestamp"))
            }
            _ => format!("|bound| {}(*bound)", self.helper("sent_timestamptz")),
        };
        let next = match *bound {
            Type::Int4 => "|bound: &i32| bound.checked_add(1)",
            Type::Int8 => "|bound: &i64| bound.checked_add(1)",
            Type::Date => "chrono::NaiveDate::succ_opt",
            _ => {
                let helper = self.helper("range_kept");
                return Ok(Code::tight(format!("{helper}({}, {kept})", code.text)));
            }
        };
        let helper = self.helper("range_steps");
        let argument = match *bound {
            Type::Date => "|bound| bound.succ_opt()".to_owned(),
            _ => next.to_owned(),
        };
        Ok(Code::tight(format!("{helper}({}, {argument})", code.text)))
    }

    fn end(&mut self, end: &RangeEnd, bound: &Type) -> Result<String, String> {
        Ok(match end {
            None => "std::ops::Bound::Unbounded".to_owned(),
            Some((value, is_included)) => {
                let code = self.literal(value, bound)?;
                let text = match bound {
                    Type::Numeric => format!("{}.clone()", code.text),
                    _ => code.text,
                };
                let kind = if *is_included { "Included" } else { "Excluded" };
                format!("std::ops::Bound::{kind}({text})")
            }
        })
    }

    /// `lower(range)`, `upper(range)`, as an `Option`.
    pub(super) fn range_bound(&mut self, expr: &Expr, bound: RangeSide) -> Result<Code, String> {
        let form = match expr.data_type() {
            Type::Range(found) if *found == Type::Numeric => Form::Owned,
            _ => Form::Plain,
        };
        let range = self.range(expr)?.text;
        let helper = self.helper(match bound {
            RangeSide::Lower => "range_lower",
            RangeSide::Upper => "range_upper",
        });
        let text = format!("{helper}({range})");
        Ok(Code::tight(text).of_form(form))
    }

    /// A condition on ranges.
    pub(super) fn range_condition(
        &mut self,
        function: &Function,
        arguments: &[Expr],
    ) -> Result<Code, String> {
        let first = arguments.first().ok_or("a function has no argument")?;
        let range = self.range(first)?;
        let subject = range.at_least(Binds::Tight);
        let ends = |bound: &RangeSide, kind: &str| match bound {
            RangeSide::Lower => format!("matches!({subject}, Some((std::ops::Bound::{kind}, _)))"),
            RangeSide::Upper => format!("matches!({subject}, Some((_, std::ops::Bound::{kind})))"),
        };
        let text = match (function, arguments.get(1)) {
            // A range of days includes its lower bound, and never its upper one.
            (Function::RangeIncludes(RangeSide::Lower), _)
                if first.data_type() == Type::Range(Box::new(Type::Date)) =>
            {
                let kinds = "std::ops::Bound::Included(_) | std::ops::Bound::Excluded(_)";
                format!("matches!({subject}, Some(({kinds}, _)))")
            }
            (Function::RangeIncludes(RangeSide::Upper), _)
                if first.data_type() == Type::Range(Box::new(Type::Date)) =>
            {
                return Ok(Code::truth(false));
            }
            (Function::RangeIncludes(bound), _) => ends(bound, "Included(_)"),
            (Function::RangeIsEndless(bound), _) => ends(bound, "Unbounded"),
            (Function::RangeIsEmpty, _) => format!("{subject}.is_none()"),
            (Function::RangeHolds, Some(value)) => {
                let code = self.value(value)?;
                let value = match (value.data_type(), code.form) {
                    (Type::Numeric, Form::Plain) if matches!(value, Expr::Literal(..)) => {
                        format!("&*{}", code.text)
                    }
                    (Type::Numeric, Form::Plain) => code.text,
                    _ => format!("&{}", code.at_least(Binds::Tight)),
                };
                format!(
                    "{subject}.is_some_and(|range| std::ops::RangeBounds::contains(&range, {value}))"
                )
            }
            (Function::RangeContains, Some(other)) => {
                let other = self.range(other)?;
                let helper = self.helper("range_contains");
                format!("{helper}(&{subject}, &{})", other.at_least(Binds::Tight))
            }
            (Function::RangesOverlap, Some(other)) => {
                let other = self.range(other)?;
                let helper = self.helper("ranges_overlap");
                format!("{helper}(&{subject}, &{})", other.at_least(Binds::Tight))
            }
            _ => return Err("a function has two arguments".to_owned()),
        };
        Ok(Code::tight(text))
    }
}
