//! AND and OR, without what a NULL says anyway.

use super::super::tree::Expr;
use super::Printer;
use super::code::{Ask, Binds, Code};

impl Printer<'_> {
    /// `AND` and `OR`, which change places under NOT.
    pub(super) fn joined(
        &mut self,
        parts: &[Expr],
        ask: Ask,
        is_and: bool,
    ) -> Result<Code, String> {
        let may_raise = parts.iter().any(|part| self.raises(part));
        if let Some(subject) = self.common_subject(parts)
            && parts.len() > 1
            && !may_raise
            && self.nullable(&subject)
        {
            // All of them are NULL where the one subject is: ask for it once.
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
            if code.is(!is_and) && !may_raise {
                return Ok(Code::truth(!is_and));
            }
            if !code.is(is_and) || may_raise {
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

    /// An error of SQL ends the evaluation: no part may be skipped that PostgreSQL evaluates. After a NULL it goes on where Rust
    /// stops: that is no difference where the same NULL keeps the rest from raising anything, as in `b = 0 OR a / b < 5`.
    pub(super) fn check_raising(
        &self,
        parts: &[Expr],
        ask: Ask,
        is_and: bool,
    ) -> Result<(), String> {
        let null_goes_on = ask.null == is_and;
        for (index, part) in parts.iter().enumerate() {
            if null_goes_on || !self.raises(part) {
                continue;
            }
            let mut nulls = Vec::new();
            let mut is_known = true;
            for earlier in parts.iter().take(index) {
                if self.condition_nullable(earlier) {
                    // An element may be NULL although the array is not.
                    earlier.visit(&mut |part| is_known &= !matches!(part, Expr::Elements { .. }));
                    self.sources(strip_not(earlier), &mut nulls);
                }
            }
            let is_kept = |null| self.is_kept_from_raising(part, null);
            if !is_known || !nulls.iter().all(is_kept) {
                return Err(
                    "a part of it may raise an error, and whether it is evaluated depends on a NULL"
                        .to_owned(),
                );
            }
        }
        Ok(())
    }

    /// Whether nothing in it raises an error where that is NULL: a function of NULL is not called.
    fn is_kept_from_raising(&self, expr: &Expr, null: &Expr) -> bool {
        let is_called = !(matches!(expr, Expr::Call(..)) && self.is_strict_in(expr, null));
        let mut parts = expr.parts().into_iter();
        !self.raises(expr)
            || !(is_called && self.raises_itself(expr))
                && parts.all(|part| self.is_kept_from_raising(part, null))
    }

    /// `x IS NULL OR rule(x)`: where NULL is accepted anyway, the first says nothing. So too `x IS NOT NULL AND rule(x)`.
    pub(super) fn without_guards(&self, parts: &[Expr], ask: Ask, is_and: bool) -> Vec<Expr> {
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
    pub(super) fn is_strict_in(&self, expr: &Expr, subject: &Expr) -> bool {
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
    pub(super) fn common_subject(&self, parts: &[Expr]) -> Option<Expr> {
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
}

pub(super) fn strip_not(expr: &Expr) -> &Expr {
    match expr {
        Expr::Not(inner) => strip_not(inner),
        other => other,
    }
}
