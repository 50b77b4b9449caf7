//! A moment that is moved forth by little, which never leaves what PostgreSQL holds.

use syn::visit::{self, Visit};
use syn::{Expr, Item, Lit};

use super::Mutant;

/// What is said of a row of which PostgreSQL refuses to calculate something, where all that may be refused is a moment of
/// chrono's, which ends in the year 262142, moved forth by at most 30,000 years: PostgreSQL's last year is 294276.
pub(super) fn stays_within(mutant: &Mutant, text: &str) -> Option<String> {
    if mutant.what != "false is true" {
        return None;
    }
    let before = text.get(..mutant.place.start)?;
    if !before.trim_end().ends_with("accepted().unwrap_or(") {
        return None;
    }
    let file = syn::parse_file(text).ok()?;
    let function = file.items.iter().find_map(|item| match item {
        Item::Fn(function) if function.sig.ident == mutant.within => Some(function),
        _ => None,
    })?;
    let mut refused = Refused::default();
    refused.visit_block(&function.block);
    (refused.forth > 0 && refused.others == 0).then(|| {
        "a moment of chrono's that is moved forth by so little stays within what PostgreSQL holds".to_owned()
    })
}

/// How many calculations may be refused: moments that are moved forth by little, and others.
#[derive(Default)]
struct Refused {
    forth: usize,
    others: usize,
}

impl Visit<'_> for Refused {
    fn visit_expr_try(&mut self, found: &syn::ExprTry) {
        match is_forth(&found.expr) {
            true => self.forth += 1,
            false => self.others += 1,
        }
        visit::visit_expr_try(self, found);
    }

    // What a macro is given is not looked through.
    fn visit_macro(&mut self, found: &syn::Macro) {
        self.others += usize::from(found.tokens.to_string().contains('?'));
    }
}

/// `postgres::moved(.., months, days, microseconds)` by constants.
fn is_forth(expr: &Expr) -> bool {
    const DAY: u128 = 86_400_000_000;
    let Expr::Call(call) = expr else {
        return false;
    };
    let is_moved = matches!(call.func.as_ref(), Expr::Path(path)
        if path.path.segments.last().is_some_and(|part| part.ident == "moved"));
    let constants: Option<Vec<u128>> = call.args.iter().skip(1).map(constant).collect();
    let length = match constants.as_deref() {
        Some([months, days, microseconds]) => (months * 31 + days) * DAY + microseconds,
        _ => return false,
    };
    is_moved && length <= 30_000 * 365 * DAY
}

/// A number that is not negative.
fn constant(expr: &Expr) -> Option<u128> {
    match expr {
        Expr::Lit(syn::ExprLit {
            lit: Lit::Int(number),
            ..
        }) => number
            .base10_parse()
            .ok()
            .filter(|number| *number < 1 << 64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::edit;
    use super::*;

    fn reasons(moved: &str) -> usize {
        let text = format!(
            "fn rule(a: i64) -> bool {{\n    let accepted = || {{\n        Some({moved} > 1 && !false)\n    }};\n    \
             accepted().unwrap_or(false)\n}}\n"
        );
        let mutants = edit::mutate("a.rs", &text, &mut 0, &[]).unwrap().1;
        let mutants = mutants
            .iter()
            .filter(|mutant| mutant.what == "false is true");
        let reasons: Vec<bool> = mutants
            .map(|mutant| stays_within(mutant, &text).is_some())
            .collect();
        assert_eq!(reasons.len(), 2, "{text}");
        reasons.into_iter().filter(|is| *is).count()
    }

    #[test]
    fn only_what_is_moved_forth_by_little_stays_within() {
        for (moved, expected) in [
            ("postgres::moved(a, 1, 0, 0)?", 1),
            ("postgres::moved(a, 0, 2, 1000000)?", 1),
            (
                "postgres::moved(a, 1, 0, 0)? + postgres::moved(a, 0, 1, 0)?",
                1,
            ),
            // The twins: back, by a column, by far, and beside another that may be refused.
            ("postgres::moved(a, -1, 0, 0)?", 0),
            ("postgres::moved(a, 0, 0, -7200000000)?", 0),
            ("postgres::moved(a, a, 0, 0)?", 0),
            ("postgres::moved(a, 400000, 0, 0)?", 0),
            ("postgres::moved(a, 1, 0, 0)? + postgres::other(a)?", 0),
            ("a", 0),
        ] {
            assert_eq!(reasons(moved), expected, "{moved}");
        }
    }
}
