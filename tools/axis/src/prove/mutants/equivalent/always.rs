//! A rule that is true of every row.

use syn::{BinOp, Expr, Item, Lit, Stmt};

use super::Mutant;

/// A rule of no column that compares a number with itself: it is true where it is asked, and where it is not asked.
pub(super) fn is_true(mutant: &Mutant, text: &str) -> Option<String> {
    let file = syn::parse_file(text).ok()?;
    let mut functions = file.items.iter().filter_map(|item| match item {
        Item::Fn(function) => Some(function),
        _ => None,
    });
    let function = functions.find(|function| {
        let name = &function.sig.ident;
        mutant.what == format!("{name} is true") || mutant.what == format!("no `if !{name}()`")
    })?;
    let [Stmt::Expr(Expr::Binary(binary), None)] = function.block.stmts.as_slice() else {
        return None;
    };
    let number = |side: &Expr| match side {
        Expr::Lit(syn::ExprLit {
            lit: Lit::Int(number),
            ..
        }) => number.base10_parse::<i64>().ok(),
        _ => None,
    };
    let is_same = matches!(binary.op, BinOp::Eq(_))
        && number(&binary.left).is_some_and(|left| number(&binary.right) == Some(left));
    (is_same && function.sig.inputs.is_empty())
        .then(|| format!("`{}` is true of every row", function.sig.ident))
}

#[cfg(test)]
mod tests {
    use super::super::super::edit;
    use super::*;

    fn reasons(rule: &str) -> Vec<String> {
        let text = format!(
            "fn constant() -> bool {{ {rule} }}\nimpl Checked {{ fn violations(&self) {{\n\
             if !constant() {{ violations.push(Violation::of(Constraint::A)); }} }} }}\n"
        );
        let mutants = edit::mutate("a.rs", &text, &mut 0, &[]).unwrap().1;
        let found = mutants.into_iter();
        let found = found.filter(|mutant| is_true(mutant, &text).is_some());
        found.map(|mutant| mutant.what).collect()
    }

    #[test]
    fn a_number_is_itself_and_no_other() {
        let found = reasons("1 == 1");
        assert_eq!(found, ["constant is true", "no `if !constant()`"]);
        for rule in ["1 == 2", "1 != 1", "a == a", "true"] {
            assert!(reasons(rule).is_empty(), "{rule}");
        }
    }
}
