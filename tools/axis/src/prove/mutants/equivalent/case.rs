//! A text that is cut one later before it is asked whether it is its own lower case.

use syn::visit::Visit as _;
use syn::{BinOp, Expr, Item, Stmt};

use super::Mutant;
use super::cut::CallAround;

/// A rule of a domain that compares a text with its own lower or upper case. A text that the type refuses does not come before
/// the rule in PostgreSQL; of any other only spaces are cut, and a space has no case.
pub(super) fn has_none(mutant: &Mutant, text: &str, rules: &str) -> Option<String> {
    let source = text.get(mutant.place.clone())?;
    let is_later = match source.parse::<usize>() {
        Ok(length) => mutant.what == format!("{length} is {}", length + 1),
        Err(_) => {
            source.ends_with("_MAX_LENGTH") && mutant.what == format!("{source} is ({source} + 1)")
        }
    };
    let mut call = CallAround {
        place: &mutant.place,
        is_cut: false,
        found: None,
    };
    call.visit_file(&syn::parse_file(text).ok()?);
    let (rule, _) = call.found.filter(|_| call.is_cut && is_later)?;
    let rules = syn::parse_file(rules).ok()?;
    let mut functions = rules.items.iter().filter_map(|item| match item {
        Item::Fn(function) => Some(function),
        _ => None,
    });
    let function = functions.find(|function| function.sig.ident == rule)?;
    let [Stmt::Expr(Expr::Binary(binary), None)] = function.block.stmts.as_slice() else {
        return None;
    };
    let is_own_case = matches!(binary.op, BinOp::Eq(_))
        && matches!((binary.left.as_ref(), binary.right.as_ref()),
            (Expr::Path(value), Expr::Call(call)) if is_case(call, value));
    is_own_case.then(|| {
        format!("`{rule}` compares a text with its own case, and what is cut later is a space")
    })
}

/// `lower(value)` or `upper(value)`.
fn is_case(call: &syn::ExprCall, value: &syn::ExprPath) -> bool {
    let is_named = matches!(call.func.as_ref(), Expr::Path(path)
        if path.path.is_ident("lower") || path.path.is_ident("upper"));
    let is_of_value = matches!(call.args.first(), Some(Expr::Path(argument))
        if argument.path.get_ident() == value.path.get_ident());
    value.path.get_ident().is_some() && is_named && is_of_value && call.args.len() == 1
}

#[cfg(test)]
mod tests {
    use super::super::super::edit;
    use super::*;

    fn reasons(asked: &str, rule: &str) -> Vec<String> {
        let contract = format!(
            "impl Insert {{ fn violations(&self) -> Vec<V> {{\n if !postgres::{asked} {{ violations.push(V::of(Constraint::A)); }}\n}} }}\n"
        );
        let rules = format!("fn domain_low(value: &str) -> bool {{ {rule} }}\n");
        let mutants = edit::mutate("a.rs", &contract, &mut 0, &[]).unwrap().1;
        let found = mutants.into_iter();
        let found = found.filter(|mutant| has_none(mutant, &contract, &rules).is_some());
        found.map(|mutant| mutant.what).collect()
    }

    #[test]
    fn a_space_more_is_no_matter_to_the_case_of_a_text() {
        let low = "value == lower(value)";
        let of_constant = reasons("domain_low(postgres::cut(&self.a, A_MAX_LENGTH))", low);
        assert_eq!(of_constant, ["A_MAX_LENGTH is (A_MAX_LENGTH + 1)"]);
        assert_eq!(
            reasons("domain_low(postgres::cut(&self.a, 5))", low),
            ["5 is 6"]
        );
        // The twins: another rule, another function, and what is not cut.
        let cut = "domain_low(postgres::cut(&self.a, 5))";
        for rule in [
            "value != lower(value)",
            "value == other(value)",
            "value == \"ab\"",
            "value == lower(other)",
        ] {
            assert!(reasons(cut, rule).is_empty(), "{rule}");
        }
        assert!(reasons("domain_low(&self.a, 5)", low).is_empty());
    }
}
