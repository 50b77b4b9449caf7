//! NULL where another side decides.

use std::ops::Range;

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr};

use super::Mutant;

/// What a condition says of a value that is not there, where another side of the same `||` accepts just then, or another
/// side of the same `&&` refuses.
pub(super) fn decided_beside(mutant: &Mutant, text: &str) -> Option<String> {
    if !mutant.what.contains("`is_none_or`") || !mutant.what.contains("`is_some_and`") {
        return None;
    }
    let file = syn::parse_file(text).ok()?;
    let mut receiver = ReceiverAt {
        place: &mutant.place,
        found: None,
    };
    receiver.visit_file(&file);
    let value = receiver.found?;
    let mut sides = SidesAround {
        place: &mutant.place,
        value: &value,
        found: None,
    };
    sides.visit_file(&file);
    let (operator, side) = sides.found?;
    let says = if operator == "||" {
        "accepts"
    } else {
        "refuses"
    };
    Some(format!(
        "where `{value}` is not there, the side `{value}.{side}` of the same `{operator}` {says}"
    ))
}

/// The variable whose method is called at a place.
struct ReceiverAt<'a> {
    place: &'a Range<usize>,
    found: Option<String>,
}

impl Visit<'_> for ReceiverAt<'_> {
    fn visit_expr_method_call(&mut self, call: &syn::ExprMethodCall) {
        if call.method.span().byte_range() == *self.place
            && let Expr::Path(path) = call.receiver.as_ref()
        {
            self.found = path.path.get_ident().map(ToString::to_string);
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// A side that is asked whether the value is there, of a `||` or `&&` of which another side holds the place.
struct SidesAround<'a> {
    place: &'a Range<usize>,
    value: &'a str,
    found: Option<(&'static str, String)>,
}

impl SidesAround<'_> {
    fn decides(&self, side: &Expr, methods: [&str; 2]) -> Option<String> {
        match side {
            Expr::Paren(inner) => self.decides(&inner.expr, methods),
            Expr::MethodCall(call) => {
                let is_it = matches!(call.receiver.as_ref(), Expr::Path(path)
                    if path.path.is_ident(self.value));
                let method = call.method.to_string();
                (is_it && methods.contains(&method.as_str())).then_some(method)
            }
            _ => None,
        }
    }
}

impl Visit<'_> for SidesAround<'_> {
    fn visit_expr_binary(&mut self, binary: &syn::ExprBinary) {
        let (operator, methods) = match binary.op {
            BinOp::Or(_) => ("||", ["is_none", "is_none_or"]),
            BinOp::And(_) => ("&&", ["is_some", "is_some_and"]),
            _ => return visit::visit_expr_binary(self, binary),
        };
        let mut sides = Vec::new();
        flatten(&binary.left, &binary.op, &mut sides);
        flatten(&binary.right, &binary.op, &mut sides);
        let holds = |side: &&Expr| {
            let range = side.span().byte_range();
            range.start <= self.place.start && self.place.end <= range.end
        };
        if sides.iter().any(|side| holds(side)) {
            let others = sides.iter().filter(|side| !holds(side));
            let found = others.filter_map(|side| self.decides(side, methods)).next();
            if let Some(method) = found {
                self.found.get_or_insert((operator, method));
            }
        }
        visit::visit_expr_binary(self, binary);
    }
}

fn flatten<'a>(side: &'a Expr, operator: &BinOp, sides: &mut Vec<&'a Expr>) {
    match side {
        Expr::Paren(inner) => flatten(&inner.expr, operator, sides),
        Expr::Binary(binary)
            if std::mem::discriminant(&binary.op) == std::mem::discriminant(operator) =>
        {
            flatten(&binary.left, operator, sides);
            flatten(&binary.right, operator, sides);
        }
        other => sides.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::edit;
    use super::*;

    fn reasons(body: &str) -> Vec<bool> {
        let text = format!("fn rule(a: Option<i32>, b: Option<i32>) -> bool {{ {body} }}\n");
        let mutants = edit::mutate("a.rs", &text, &mut 0, &[]).unwrap().1;
        let mutants = mutants
            .iter()
            .filter(|mutant| mutant.what.starts_with("`is_"));
        mutants
            .map(|mutant| decided_beside(mutant, &text).is_some())
            .collect()
    }

    #[test]
    fn null_is_no_matter_where_another_side_decides_it() {
        for (body, expected) in [
            (
                "a.is_none_or(|a| a > 1) || a.is_none_or(|a| a < 0)",
                vec![true, true],
            ),
            (
                "b.is_none_or(|b| a.is_none_or(|a| a > b)) || a.is_none_or(|a| a < 0)",
                vec![false, true, false],
            ),
            ("a.is_some() && a.is_none_or(|a| a > 1)", vec![true]),
            (
                "a.is_some_and(|a| a > 1) && a.is_some_and(|a| a < 9)",
                vec![true, true],
            ),
            // The twins: another variable, another operator, and the side itself.
            (
                "a.is_none_or(|a| a > 1) || b.is_none_or(|b| b < 0)",
                vec![false, false],
            ),
            (
                "a.is_none_or(|a| a > 1) && a.is_none_or(|a| a < 0)",
                vec![false, false],
            ),
            (
                "a.is_some_and(|a| a > 1) || a.is_some_and(|a| a < 9)",
                vec![false, false],
            ),
            (
                "a.is_none_or(|a| a > 1) || a.is_some_and(|a| a < 0)",
                vec![false, true],
            ),
        ] {
            let found = reasons(body);
            // `is_some` has a mutant of its own, which is none of these.
            let found: Vec<bool> = found.into_iter().rev().take(expected.len()).rev().collect();
            assert_eq!(found, expected, "{body}");
        }
    }
}
