//! Generated Rust with a switch at each place that a mutant changes: one compilation holds them all, and the text of
//! everything else stays.

use std::ops::Range;

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, ImplItem, Item, Lit, ReturnType, UnOp};

/// A rule that was changed by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mutant {
    /// Its number, from 1.
    pub(crate) number: u32,
    /// The file, in the folder of the contracts.
    pub(crate) file: String,
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// What was changed, and into what.
    pub(crate) what: String,
    /// Where it is in the file, in bytes.
    pub(crate) place: Range<usize>,
}

/// Functions of `postgres.rs` that are no rules.
const NO_RULES: [&str; 2] = ["report", "present"];

/// What is put into a text.
#[derive(Clone, Debug)]
struct Piece {
    place: Range<usize>,
    text: String,
    /// Of pieces at one place: the ends of inner expressions, then those of outer ones, then the starts of outer ones.
    order: i64,
}

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
        mutants: Vec::new(),
        pieces: Vec::new(),
    };
    for item in &parsed.items {
        match item {
            Item::Fn(function) if !NO_RULES.contains(&function.sig.ident.to_string().as_str()) => {
                finder.function(
                    &function.sig.output,
                    &function.block,
                    &function.sig.ident.to_string(),
                );
            }
            Item::Impl(found) if found.trait_.is_none() => {
                for item in &found.items {
                    if let ImplItem::Fn(function) = item
                        && function.sig.ident.to_string().contains("violations")
                    {
                        finder.function(
                            &function.sig.output,
                            &function.block,
                            &function.sig.ident.to_string(),
                        );
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

fn apply(text: &str, mut pieces: Vec<Piece>) -> String {
    pieces.sort_by_key(|piece| (piece.place.start, piece.order));
    let mut out = String::new();
    let mut at = 0;
    for piece in pieces {
        out += text.get(at..piece.place.start).unwrap_or_default();
        out += &piece.text;
        at = piece.place.end.max(at);
    }
    out += text.get(at..).unwrap_or_default();
    out
}

struct Finder<'a> {
    file: &'a str,
    text: &'a str,
    number: &'a mut u32,
    left_out: &'a [u32],
    mutants: Vec<Mutant>,
    pieces: Vec<Piece>,
}

const SWITCH: &str = "::axis_prove_judge::mutant";

impl Finder<'_> {
    /// A further mutant. None where it is left out.
    fn mutant(&mut self, place: &Range<usize>, what: String) -> Option<u32> {
        *self.number += 1;
        let number = *self.number;
        if self.left_out.contains(&number) {
            return None;
        }
        let before = self.text.get(..place.start).unwrap_or_default();
        self.mutants.push(Mutant {
            number,
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            what,
            place: place.clone(),
        });
        Some(number)
    }

    fn source(&self, place: &Range<usize>) -> String {
        let text = self.text.get(place.clone()).unwrap_or_default();
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").chars().take(60).collect()
    }

    fn replace(&mut self, place: Range<usize>, text: String) {
        let order = i64::try_from(self.pieces.len()).unwrap_or(i64::MAX);
        self.pieces.push(Piece { place, text, order });
    }

    /// Puts texts before and after an expression, outside of what its inner ones get.
    fn around(&mut self, place: &Range<usize>, before: String, after: String) {
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
        text += " violations }";
        self.replace(place, text);
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
                }
            }
            Expr::MethodCall(call) => self.method(call),
            Expr::Path(path) => self.path(path),
            _ => {}
        }
        visit::visit_expr(self, expression);
    }

    // Lengths of arrays, patterns and types are no expressions of a rule.
    fn visit_type(&mut self, _: &syn::Type) {}
    fn visit_pat(&mut self, _: &syn::Pat) {}
    fn visit_attribute(&mut self, _: &syn::Attribute) {}
    fn visit_expr_repeat(&mut self, repeat: &syn::ExprRepeat) {
        self.visit_expr(&repeat.expr);
    }
}

impl Finder<'_> {
    fn literal(&mut self, literal: &Lit) {
        let place = literal.span().byte_range();
        let source = self.source(&place);
        let others: Vec<String> = match literal {
            Lit::Int(number) => match number.base10_parse::<u128>() {
                Ok(value) => {
                    let suffix = number.suffix();
                    let less = value.checked_sub(1);
                    let other = |value: u128| format!("{value}{suffix}");
                    [Some(value + 1), less]
                        .into_iter()
                        .flatten()
                        .map(other)
                        .collect()
                }
                Err(_) => Vec::new(),
            },
            Lit::Bool(value) => vec![(!value.value).to_string()],
            Lit::Char(character) => char::from_u32(u32::from(character.value()) + 1)
                .map(|next| format!("{next:?}"))
                .into_iter()
                .collect(),
            // Its length is part of its type.
            Lit::ByteStr(bytes) => match bytes.value().split_last() {
                Some((last, start)) => {
                    let other = start.iter().copied().chain([last ^ 1]);
                    let text: String = other
                        .flat_map(std::ascii::escape_default)
                        .map(char::from)
                        .collect();
                    vec![format!("b\"{text}\"")]
                }
                None => Vec::new(),
            },
            Lit::Str(_) => vec![match source.strip_suffix('"') {
                Some(start) => format!("{start}x\""),
                None => return,
            }],
            _ => Vec::new(),
        };
        self.leaf(place, &source, others);
    }

    fn path(&mut self, path: &syn::ExprPath) {
        let place = path.span().byte_range();
        let source = self.source(&place);
        let Some(last) = path.path.segments.last().map(|part| part.ident.to_string()) else {
            return;
        };
        let others = if path.path.segments.len() == 1 && last.contains("_LENGTH") {
            vec![format!("({source} + 1)"), format!("({source} - 1)")]
        } else if let Some(start) = source.strip_suffix(&format!("RoundingMode::{last}")) {
            let modes = [
                "Up", "Down", "Ceiling", "Floor", "HalfUp", "HalfDown", "HalfEven",
            ];
            let others = modes.iter().filter(|mode| **mode != last);
            others
                .map(|mode| format!("{start}RoundingMode::{mode}"))
                .collect()
        } else {
            return;
        };
        self.leaf(place, &source, others);
    }

    /// Something without inner expressions, and what it may be instead.
    fn leaf(&mut self, place: Range<usize>, source: &str, others: Vec<String>) {
        let mut text = String::new();
        for other in others {
            if let Some(number) = self.mutant(&place, format!("{source} is {other}")) {
                text += &format!("if {SWITCH}::is({number}) {{ {other} }} else ");
            }
        }
        if !text.is_empty() {
            let original = self.text.get(place.clone()).unwrap_or_default();
            self.replace(place, format!("({text}{{ {original} }})"));
        }
    }

    fn binary(&mut self, binary: &syn::ExprBinary) {
        let place = binary.span().byte_range();
        let operator = binary.op.span().byte_range();
        let (own, other) = match binary.op {
            BinOp::Lt(_) => ("<", "<="),
            BinOp::Le(_) => ("<=", "<"),
            BinOp::Gt(_) => (">", ">="),
            BinOp::Ge(_) => (">=", ">"),
            BinOp::Eq(_) => ("==", "!="),
            BinOp::Ne(_) => ("!=", "=="),
            BinOp::Add(_) => ("+", "-"),
            BinOp::Sub(_) => ("-", "+"),
            BinOp::Mul(_) => ("*", "+"),
            BinOp::Div(_) => ("/", "*"),
            BinOp::Rem(_) => ("%", "+"),
            BinOp::And(_) if !has_let(&binary.left) && !has_let(&binary.right) => ("&&", "||"),
            BinOp::Or(_) => ("||", "&&"),
            _ => return,
        };
        let what = format!("{} with `{other}`", self.source(&place));
        let Some(number) = self.mutant(&place, what) else {
            return;
        };
        match own {
            "&&" | "||" => {
                let function = if own == "&&" { "and" } else { "or" };
                self.around(
                    &place,
                    format!("{SWITCH}::{function}({number}, ("),
                    "))".to_owned(),
                );
                self.replace(operator, "), || (".to_owned());
            }
            "+" | "-" | "*" | "/" | "%" => {
                let end = format!(
                    ")) {{ (left, right) => if {SWITCH}::is({number}) {{ left {other} right }} else {{ left {own} right }} }})"
                );
                self.around(&place, "(match ((".to_owned(), end);
                self.replace(operator, "), (".to_owned());
            }
            _ => {
                let end = format!(
                    ")) {{ (left, right) => if {SWITCH}::is({number}) {{ left {other} right }} else {{ left {own} right }} }})"
                );
                self.around(&place, "(match (&(".to_owned(), end);
                self.replace(operator, "), &(".to_owned());
            }
        }
    }

    fn method(&mut self, call: &syn::ExprMethodCall) {
        let name = call.method.to_string();
        let arguments = match name.as_str() {
            "all" | "any" | "is_some_and" | "is_none_or" | "min" | "max" => 1,
            "is_some" | "is_none" => 0,
            _ => return,
        };
        if call.args.len() != arguments {
            return;
        }
        let place = call.method.span().byte_range();
        let other = match name.as_str() {
            "all" => "any",
            "any" => "all",
            "is_some_and" => "is_none_or",
            "is_none_or" => "is_some_and",
            "min" => "max",
            "max" => "min",
            "is_some" => "is_none",
            _ => "is_some",
        };
        let Some(number) = self.mutant(&place, format!("`{name}` is `{other}`")) else {
            return;
        };
        let end = call.paren_token.span.open().byte_range().end;
        let comma = if arguments == 0 { "" } else { ", " };
        self.replace(place.start..end, format!("mutant_{name}({number}{comma}"));
    }
}

fn has_let(expression: &Expr) -> bool {
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
mod tests {
    use super::*;

    const FILE: &str = r#"
use super::postgres;
pub const A_MAX_LENGTH: usize = 3;
impl Insert {
    pub fn violations(&self) -> Vec<Violation<Constraint>> {
        let mut violations = Vec::new();
        if !postgres::characters(&self.a, A_MAX_LENGTH) {
            violations.push(Violation::of(Constraint::AType));
        }
        if self.b.as_ref().is_some_and(|b| *b < 10 && b % 2 == 0) {
            violations.push(Violation::of(Constraint::BType));
        }
        violations
    }
}
"#;

    #[test]
    fn each_rule_is_changed_and_the_file_still_parses() {
        let mut number = 0;
        let (text, mutants) = mutate("a.rs", FILE, &mut number, &[]).unwrap();
        syn::parse_file(&text).unwrap();
        let found: Vec<&str> = mutants.iter().map(|mutant| mutant.what.as_str()).collect();
        for expected in [
            "no `if !postgres::characters(&self.a, A_MAX_LENGTH)`",
            "A_MAX_LENGTH is (A_MAX_LENGTH + 1)",
            "`is_some_and` is `is_none_or`",
            "*b < 10 with `<=`",
            "10 is 9",
            "b % 2 == 0 with `!=`",
            "AType after BType",
        ] {
            assert!(found.contains(&expected), "{expected} is not in {found:#?}");
        }
        assert_eq!(mutants.len(), usize::try_from(number).unwrap());
        assert_eq!(
            mutants
                .iter()
                .find(|mutant| mutant.what == "10 is 9")
                .unwrap()
                .line,
            10
        );
    }

    #[test]
    fn what_does_not_compile_is_left_out_and_the_others_keep_their_numbers() {
        let (_, all) = mutate("a.rs", FILE, &mut 0, &[]).unwrap();
        let (text, some) = mutate("a.rs", FILE, &mut 0, &[2]).unwrap();
        assert_eq!(all.len(), some.len() + 1);
        assert!(!text.contains("is(2)"));
        assert!(some.iter().all(|mutant| all.contains(mutant)));
    }

    #[test]
    fn bytes_keep_their_number_which_is_part_of_their_type() {
        let file = "fn one(value: &[u8]) -> bool { value == b\"ab\\n\" }\n";
        let (_, mutants) = mutate("postgres.rs", file, &mut 0, &[]).unwrap();
        let found: Vec<&str> = mutants.iter().map(|mutant| mutant.what.as_str()).collect();
        assert!(
            found.iter().any(|what| what.ends_with("is b\"ab\\x0b\"")),
            "{found:#?}"
        );
    }
}
