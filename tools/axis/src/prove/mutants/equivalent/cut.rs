//! The length that a text is cut to, of which a rule asks no more than how it begins.

use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, FnArg, Item, Lit, Pat};

use super::Mutant;
use crate::generate::files::Generated;

/// A length that is cut to, of a column of which the rules ask no more than how it begins.
pub(super) fn only_emptiness(mutant: &Mutant, text: &str) -> Option<String> {
    let constant = text.get(mutant.place.clone())?;
    if !constant.ends_with("_MAX_LENGTH") {
        return None;
    }
    let file = syn::parse_file(text).ok()?;
    let mut field = FieldOf {
        place: &mutant.place,
        text,
        found: None,
        is_cut: false,
    };
    field.visit_file(&file);
    let field = field.found.filter(|_| field.is_cut)?;
    let length = file.items.iter().find_map(|item| match item {
        Item::Const(found) if found.ident == constant => match found.expr.as_ref() {
            Expr::Lit(syn::ExprLit {
                lit: Lit::Int(value),
                ..
            }) => value.base10_parse::<usize>().ok(),
            _ => None,
        },
        _ => None,
    })?;
    let readers: Vec<&Item> = file
        .items
        .iter()
        .filter(|item| {
            matches!(item, Item::Fn(function)
                if function.sig.inputs.iter().any(|input| is_named(input, &field)))
        })
        .collect();
    let all = readers
        .iter()
        .all(|item| asks_only_the_start(item, &field, length));
    (!readers.is_empty() && all && length >= 2).then(|| {
        format!("the rules ask only how `{field}` begins, and for no more than {length} characters less one")
    })
}

/// The same of a length that a value is cut to before a rule of its domain is asked.
pub(super) fn of_domain(mutant: &Mutant, generated: &Generated) -> Option<String> {
    let text = |name: &str| generated.contracts.iter().find(|file| file.name == name);
    let file = text(&mutant.file)?;
    let length: usize = file.text.get(mutant.place.clone())?.parse().ok()?;
    let mut call = CallAround {
        place: &mutant.place,
        is_cut: false,
        found: None,
    };
    call.visit_file(&syn::parse_file(&file.text).ok()?);
    let (function, argument) = call.found.filter(|_| call.is_cut)?;
    let rules = syn::parse_file(&text("postgres.rs")?.text).ok()?;
    let rule = rules
        .items
        .iter()
        .find(|item| matches!(item, Item::Fn(found) if found.sig.ident == function))?;
    let Item::Fn(found) = rule else { return None };
    let FnArg::Typed(typed) = found.sig.inputs.iter().nth(argument)? else {
        return None;
    };
    let Pat::Ident(name) = typed.pat.as_ref() else {
        return None;
    };
    (length >= 2 && asks_only_the_start(rule, &name.ident.to_string(), length)).then(|| {
        format!("`{function}` asks only how the value begins, and for no more than {length} characters less one")
    })
}

/// The rule of a domain in whose argument a place is, and whether that is the length of a cut.
pub(super) struct CallAround<'a> {
    pub(super) place: &'a Range<usize>,
    pub(super) is_cut: bool,
    pub(super) found: Option<(String, usize)>,
}

impl Visit<'_> for CallAround<'_> {
    fn visit_expr_call(&mut self, call: &syn::ExprCall) {
        let name = match call.func.as_ref() {
            Expr::Path(path) => path.path.segments.last().map(|part| part.ident.to_string()),
            _ => None,
        };
        let argument = call.args.iter().position(|argument| {
            let range = argument.span().byte_range();
            range.start <= self.place.start && self.place.end <= range.end
        });
        match (name, argument) {
            (Some(name), Some(argument)) if name.starts_with("domain_") => {
                self.found = Some((name, argument));
            }
            (Some(name), Some(1)) if name == "cut" => self.is_cut = true,
            _ => {}
        }
        visit::visit_expr_call(self, call);
    }
}

/// Whether a function asks of a text nothing that more or less than `length` characters by one would change.
fn asks_only_the_start(function: &Item, name: &str, length: usize) -> bool {
    let mut uses = Uses {
        name,
        length,
        others: 0,
    };
    uses.visit_item(function);
    uses.others == 0
}

/// The field of the row that the rules are asked of, of whose value a place is part: the value alone, and no condition.
struct FieldOf<'a> {
    place: &'a Range<usize>,
    text: &'a str,
    found: Option<String>,
    is_cut: bool,
}

impl FieldOf<'_> {
    fn holds(&self, part: &impl Spanned) -> bool {
        let range = part.span().byte_range();
        range.start <= self.place.start && self.place.end <= range.end
    }
}

impl Visit<'_> for FieldOf<'_> {
    fn visit_field_value(&mut self, field: &syn::FieldValue) {
        if self.holds(&field.expr) {
            let source = self.text.get(field.expr.span().byte_range());
            let is_plain = source.is_some_and(|source| !source.contains([';', '{', '}', '!']));
            self.found = match &field.member {
                syn::Member::Named(name) if is_plain => Some(name.to_string()),
                _ => None,
            };
        }
        visit::visit_field_value(self, field);
    }

    fn visit_expr_call(&mut self, call: &syn::ExprCall) {
        let is_cut = matches!(call.func.as_ref(), Expr::Path(path)
            if path.path.segments.last().is_some_and(|part| part.ident == "cut"));
        self.is_cut |= is_cut && call.args.iter().any(|argument| self.holds(argument));
        visit::visit_expr_call(self, call);
    }
}

fn is_named(input: &FnArg, name: &str) -> bool {
    matches!(input, FnArg::Typed(typed)
        if matches!(typed.pat.as_ref(), Pat::Ident(found) if found.ident == name))
}

/// Counts the uses of a variable that ask something else than whether it is there or empty, how many characters it has at
/// least, or whether it is a text that is shorter by two than what is kept.
struct Uses<'a> {
    name: &'a str,
    length: usize,
    others: usize,
}

impl Uses<'_> {
    fn is_it(&self, expr: &Expr) -> bool {
        matches!(expr, Expr::Path(path) if path.path.is_ident(self.name))
    }

    /// `value.chars().count()`
    fn is_counted(&self, expr: &Expr) -> bool {
        let Expr::MethodCall(count) = expr else {
            return false;
        };
        matches!(count.receiver.as_ref(), Expr::MethodCall(chars)
            if count.method == "count" && chars.method == "chars" && self.is_it(&chars.receiver))
    }

    fn is_short(&self, literal: &Lit) -> bool {
        matches!(literal, Lit::Str(text) if text.value().chars().count() + 2 <= self.length)
    }

    /// Whether a comparison says the same of what is cut one earlier or later.
    fn is_of_the_start(&self, binary: &syn::ExprBinary) -> bool {
        let Expr::Lit(syn::ExprLit { lit, .. }) = binary.right.as_ref() else {
            return false;
        };
        match (lit, &binary.op) {
            (Lit::Int(number), operator) if self.is_counted(&binary.left) => {
                let more = match operator {
                    BinOp::Ge(_) | BinOp::Lt(_) => 1,
                    _ => 2,
                };
                number
                    .base10_parse::<usize>()
                    .is_ok_and(|number| number + more <= self.length)
            }
            (literal, BinOp::Eq(_) | BinOp::Ne(_)) => {
                self.is_it(&binary.left) && self.is_short(literal)
            }
            _ => false,
        }
    }

    /// `matches!(value, "a" | "b")`
    fn is_listed(&self, found: &syn::Macro) -> bool {
        let parsed = found.parse_body_with(|input: syn::parse::ParseStream<'_>| {
            let value: Expr = input.parse()?;
            input.parse::<syn::Token![,]>()?;
            Ok((value, Pat::parse_multi_with_leading_vert(input)?))
        });
        let is_short =
            |pattern: &Pat| matches!(pattern, Pat::Lit(found) if self.is_short(&found.lit));
        found.path.is_ident("matches")
            && parsed.is_ok_and(|(value, pattern)| {
                self.is_it(&value)
                    && match &pattern {
                        Pat::Or(patterns) => patterns.cases.iter().all(is_short),
                        one => is_short(one),
                    }
            })
    }
}

impl Visit<'_> for Uses<'_> {
    fn visit_expr_binary(&mut self, binary: &syn::ExprBinary) {
        if !self.is_of_the_start(binary) {
            visit::visit_expr_binary(self, binary);
        }
    }

    fn visit_expr_method_call(&mut self, call: &syn::ExprMethodCall) {
        let is_asked = matches!(
            call.method.to_string().as_str(),
            "is_empty" | "is_none" | "is_some" | "is_none_or" | "is_some_and"
        );
        let is_it =
            matches!(call.receiver.as_ref(), Expr::Path(path) if path.path.is_ident(self.name));
        if !(is_asked && is_it) {
            self.visit_expr(&call.receiver);
        }
        for argument in &call.args {
            self.visit_expr(argument);
        }
    }

    fn visit_expr_path(&mut self, path: &syn::ExprPath) {
        self.others += usize::from(path.path.is_ident(self.name));
    }

    // What a macro is given is not looked through.
    fn visit_macro(&mut self, found: &syn::Macro) {
        let is_named = found.tokens.to_string().contains(self.name);
        self.others += usize::from(is_named && !self.is_listed(found));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prove::mutants::edit;

    fn reasons(text: &str) -> Vec<(String, bool)> {
        let mutants = edit::mutate("a.rs", text, &mut 0, &[]).unwrap().1;
        mutants
            .into_iter()
            .filter(|mutant| mutant.what.starts_with("A_MAX_LENGTH"))
            .map(|mutant| {
                let is_no_other = only_emptiness(&mutant, text).is_some();
                (mutant.what, is_no_other)
            })
            .collect()
    }

    /// A file in which a rule of a domain is asked of the cut text, and one without a rule of the table.
    const OF_A_DOMAIN: &str = "pub const A_MAX_LENGTH: usize = 3;\npub struct Insert {\n    pub a: String,\n    a: String,\n}\n\
        impl Insert { fn violations(&self) -> Vec<V> {\n if !postgres::lower(postgres::cut(&self.a, A_MAX_LENGTH)) { push(); }\n} }\n\
        fn rule(a: &str) -> bool { !a.is_empty() }\n";

    fn file(length: usize, rule: &str) -> String {
        format!(
            "pub const A_MAX_LENGTH: usize = {length};\nimpl Insert {{ fn violations(&self) -> Vec<V> {{\n\
             Checked {{\n    a: Some(postgres::cut(&self.a, A_MAX_LENGTH)),\n}}\n}} }}\n\
             fn rule(a: &str, b: i32) -> bool {{ {rule} }}\n"
        )
    }

    #[test]
    fn a_cut_is_no_other_where_only_emptiness_is_asked_and_another_where_more_is() {
        for (text, expected) in [
            (file(3, "!a.is_empty()"), true),
            (file(1, "!a.is_empty()"), false),
            (file(3, "!a.is_empty() && a != \"x\""), true),
            (file(3, "a != \"xy\""), false),
            (file(3, "matches!(a, \"x\" | \"y\")"), true),
            (file(3, "matches!(a, \"x\" | \"xy\")"), false),
            (file(3, "matches!(b, 1) && other(a)"), false),
            (file(3, "a.chars().count() >= 2"), true),
            (file(3, "a.chars().count() >= 3"), false),
            (file(3, "a.chars().count() != 2"), false),
            (file(3, "a.chars().count() > 2"), false),
            (
                file(3, "!a.is_empty()").replace("a: &str", "c: &str"),
                false,
            ),
            // However it is formatted.
            (file(3, "!a.is_empty()").replace('\n', " "), true),
            (OF_A_DOMAIN.to_owned(), false),
        ] {
            let found = reasons(&text);
            assert_eq!(found.len(), 2, "{found:?}");
            assert!(
                found.iter().all(|(_, is)| *is == expected),
                "{text} {found:?}"
            );
        }
    }
}
