//! Generated Rust with a switch at each place that a mutant changes: one compilation holds them all, and the text of
//! everything else stays.

use std::ops::Range;

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Expr, ImplItem, Item, ReturnType, UnOp};

use super::text::{Piece, apply};

/// A rule that was changed by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mutant {
    /// Its number, from 1.
    pub(crate) number: u32,
    /// The file, in the folder of the contracts.
    pub(crate) file: String,
    /// The line, counted from 1.
    pub(crate) at_line: usize,
    /// What was changed, and into what.
    pub(crate) what: String,
    /// Where it is in the file, in bytes.
    pub(crate) place: Range<usize>,
    /// The function that it is in.
    pub(crate) within: String,
}

impl Mutant {
    /// As a report names it.
    pub(crate) fn line(&self) -> String {
        format!("{}:{}: {}", self.file, self.at_line, self.what)
    }
}

/// Functions of `postgres.rs` that are no rules.
const NO_RULES: [&str; 3] = ["report", "present", "split_unit"];

/// Functions of values that are rules.
const RULES: [&str; 2] = ["is_accepted", "is_at_most"];

/// Puts the mutants of a file into its text. `number` is the last one so far; `left_out` are numbers that do not compile.
pub(crate) fn mutate(
    file: &str,
    text: &str,
    number: &mut u32,
    left_out: &[u32],
) -> Result<(String, Vec<Mutant>), syn::Error> {
    let parsed = syn::parse_file(text)?;
    let mut finder = Finder {
        file,
        text,
        number,
        left_out,
        within: String::new(),
        mutants: Vec::new(),
        pieces: Vec::new(),
        is_static: false,
        is_check: false,
    };
    for item in &parsed.items {
        match item {
            Item::Fn(function) if is_rule(&function.sig) => {
                let is_domain = function.sig.ident.to_string().starts_with("domain_");
                finder.is_check = is_domain || file != "postgres.rs";
                finder.function(
                    &function.sig.output,
                    &function.block,
                    &function.sig.ident.to_string(),
                );
                finder.is_check = false;
            }
            Item::Impl(found) if found.trait_.is_none() => {
                for item in &found.items {
                    let ImplItem::Fn(function) = item else {
                        continue;
                    };
                    let name = function.sig.ident.to_string();
                    let is_list = name.contains("violations");
                    if is_list || RULES.contains(&name.as_str()) {
                        finder.function(&function.sig.output, &function.block, &name);
                    }
                    if is_list {
                        finder.order(&function.block);
                    }
                }
            }
            _ => {}
        }
    }
    let mutants = finder.mutants;
    Ok((apply(text, finder.pieces), mutants))
}

/// Whether a function is a rule, or a part of one. What reads or writes the bytes of a value may fail, and is none.
fn is_rule(signature: &syn::Signature) -> bool {
    let may_fail = matches!(&signature.output, ReturnType::Type(_, output)
        if matches!(output.as_ref(), syn::Type::Path(path)
            if path.path.segments.last().is_some_and(|part| part.ident == "Result")));
    !may_fail && !NO_RULES.contains(&signature.ident.to_string().as_str())
}

pub(super) struct Finder<'a> {
    file: &'a str,
    pub(super) text: &'a str,
    number: &'a mut u32,
    left_out: &'a [u32],
    within: String,
    mutants: Vec<Mutant>,
    pieces: Vec<Piece>,
    /// Whether this is within a value that is made once.
    pub(super) is_static: bool,
    /// Whether this is within a CHECK of a table or domain.
    pub(super) is_check: bool,
}

pub(super) const SWITCH: &str = "::axis_prove_judge::mutant";

impl Finder<'_> {
    /// A further mutant. None where it is left out.
    pub(super) fn mutant(&mut self, place: &Range<usize>, what: String) -> Option<u32> {
        *self.number += 1;
        let number = *self.number;
        if self.left_out.contains(&number) {
            return None;
        }
        let before = self.text.get(..place.start).unwrap_or_default();
        self.mutants.push(Mutant {
            number,
            file: self.file.to_owned(),
            at_line: before.matches('\n').count() + 1,
            what,
            place: place.clone(),
            within: self.within.clone(),
        });
        Some(number)
    }

    pub(super) fn source(&self, place: &Range<usize>) -> String {
        let text = self.text.get(place.clone()).unwrap_or_default();
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").chars().take(60).collect()
    }

    pub(super) fn replace(&mut self, place: Range<usize>, text: String) {
        let order = i64::try_from(self.pieces.len()).unwrap_or(i64::MAX);
        self.pieces.push(Piece { place, text, order });
    }

    /// Puts texts before and after an expression, outside of what its inner ones get.
    pub(super) fn around(&mut self, place: &Range<usize>, before: String, after: String) {
        let order = i64::try_from(self.pieces.len()).unwrap_or(i64::MAX);
        self.pieces.push(Piece {
            place: place.start..place.start,
            text: before,
            order,
        });
        self.pieces.push(Piece {
            place: place.end..place.end,
            text: after,
            order: -order - 1,
        });
    }

    fn function(&mut self, output: &ReturnType, block: &syn::Block, name: &str) {
        self.within = name.to_owned();
        let start = block.span().byte_range().start + 1;
        let mut text = format!(
            " #[allow(unused_imports)] use {SWITCH}::{{IteratorMutants as _, OptionMutants as _, OrdMutants as _}};"
        );
        let is_bool = matches!(output, ReturnType::Type(_, output) if is_named(output, "bool"));
        if is_bool {
            for value in ["true", "false"] {
                let what = format!("{name} is {value}");
                if let Some(number) = self.mutant(&(start..start), what) {
                    text += &format!(" if {SWITCH}::is({number}) {{ return {value}; }}");
                }
            }
        }
        self.replace(start..start, text);
        self.visit_block(block);
    }

    /// `LazyLock<T>` and `LazyLock::new(make)` as what is made anew for each of these mutants.
    fn remake(&mut self, item: &syn::ItemStatic, first: u32, last: u32) {
        let (syn::Type::Path(data_type), Expr::Call(call)) = (item.ty.as_ref(), item.expr.as_ref())
        else {
            return;
        };
        if let Some(found) = data_type.path.segments.last() {
            let start = data_type.path.span().byte_range().start;
            let end = found.ident.span().byte_range().end;
            self.replace(start..end, format!("{SWITCH}::Remade"));
        }
        let start = call.func.span().byte_range().start;
        let end = call.paren_token.span.open().byte_range().end;
        self.replace(
            start..end,
            format!("{SWITCH}::Remade::new({first}, {last}, "),
        );
    }

    /// The order of violations: each two that follow each other.
    fn order(&mut self, block: &syn::Block) {
        let mut named = Named(Vec::new());
        named.visit_block(block);
        let Some(syn::Stmt::Expr(Expr::Path(result), None)) = block.stmts.last() else {
            return;
        };
        let place = result.span().byte_range();
        let mut text = String::from("{ let mut violations = violations;");
        for pair in named.0.windows(2) {
            let [left, right] = pair else { continue };
            let what = format!("{left} after {right}");
            if let Some(number) = self.mutant(&place, what) {
                text += &format!(
                    " {SWITCH}::swap({number}, &mut violations, |found| found.constraint == Constraint::{left}, \
                     |found| found.constraint == Constraint::{right});"
                );
            }
        }
        if named.0.len() > 1 {
            text += " violations }";
            self.replace(place, text);
        }
    }
}

fn is_named(found: &syn::Type, name: &str) -> bool {
    matches!(found, syn::Type::Path(path) if path.path.is_ident(name))
}

/// The constraints that a function names, in order.
struct Named(Vec<String>);

impl Visit<'_> for Named {
    fn visit_path(&mut self, path: &syn::Path) {
        let names: Vec<String> = path
            .segments
            .iter()
            .map(|part| part.ident.to_string())
            .collect();
        if let [first, variant] = names.as_slice()
            && first == "Constraint"
            && !self.0.contains(variant)
        {
            self.0.push(variant.clone());
        }
    }
}

impl Visit<'_> for Finder<'_> {
    fn visit_expr(&mut self, expression: &Expr) {
        match expression {
            Expr::Lit(literal) => self.literal(&literal.lit),
            Expr::Binary(binary) => self.binary(binary),
            Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_)) => {
                let place = unary.span().byte_range();
                let what = format!("{} without `!`", self.source(&place));
                if let Some(number) = self.mutant(&place, what) {
                    self.around(
                        &place,
                        "(".to_owned(),
                        format!(" ^ {SWITCH}::is({number}))"),
                    );
                }
            }
            Expr::If(found) => {
                let place = found.cond.span().byte_range();
                if !has_let(&found.cond) && holds_violation(&found.then_branch) {
                    let what = format!("no `if {}`", self.source(&place));
                    if let Some(number) = self.mutant(&place, what) {
                        self.around(
                            &place,
                            format!("!{SWITCH}::is({number}) && ("),
                            ")".to_owned(),
                        );
                    }
                } else if self.is_check && !has_let(&found.cond) && found.else_branch.is_some() {
                    let what = format!("`if {}` with its arms exchanged", self.source(&place));
                    if let Some(number) = self.mutant(&place, what) {
                        self.around(
                            &place,
                            "(".to_owned(),
                            format!(") ^ {SWITCH}::is({number})"),
                        );
                    }
                }
            }
            Expr::Macro(found) if self.is_check && found.mac.path.is_ident("matches") => {
                self.listed(&found.mac, found.span().byte_range());
            }
            Expr::MethodCall(call) => self.method(call),
            Expr::Path(path) => self.path(path),
            _ => {}
        }
        visit::visit_expr(self, expression);
    }

    fn visit_item_static(&mut self, item: &syn::ItemStatic) {
        let before = *self.number;
        self.is_static = true;
        visit::visit_item_static(self, item);
        self.is_static = false;
        if *self.number > before {
            self.remake(item, before + 1, *self.number);
        }
    }

    // A message is no rule.
    fn visit_expr_method_call(&mut self, call: &syn::ExprMethodCall) {
        match call.method == "expect" {
            true => self.visit_expr(&call.receiver),
            false => visit::visit_expr_method_call(self, call),
        }
    }

    // Lengths of arrays, patterns and types are no expressions of a rule, and constants know no switch.
    fn visit_item_const(&mut self, _: &syn::ItemConst) {}
    fn visit_type(&mut self, _: &syn::Type) {}
    fn visit_pat(&mut self, _: &syn::Pat) {}
    fn visit_attribute(&mut self, _: &syn::Attribute) {}
    fn visit_expr_repeat(&mut self, repeat: &syn::ExprRepeat) {
        self.visit_expr(&repeat.expr);
    }
}

pub(super) fn has_let(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        Expr::Paren(inner) => has_let(&inner.expr),
        _ => false,
    }
}

/// Whether a block reports a violation.
fn holds_violation(block: &syn::Block) -> bool {
    let mut named = Named(Vec::new());
    named.visit_block(block);
    !named.0.is_empty()
}

#[cfg(test)]
mod tests;
