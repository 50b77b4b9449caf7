//! What each sort of expression may be instead.

use std::ops::Range;

use syn::spanned::Spanned as _;
use syn::{BinOp, Lit};

use super::edit::{Finder, SWITCH, has_let};

impl Finder<'_> {
    pub(super) fn literal(&mut self, literal: &Lit) {
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
            Lit::Str(_) => self.texts(&place),
            _ => Vec::new(),
        };
        self.leaf(place, &source, others);
    }

    /// Another text: longer, and a pattern without an end.
    fn texts(&self, place: &Range<usize>) -> Vec<String> {
        let text = self.text.get(place.clone()).unwrap_or_default();
        let parts = text.split_once('"').and_then(|(start, rest)| {
            let (inner, end) = rest.rsplit_once('"')?;
            Some((start, inner, end))
        });
        let Some((start, inner, end)) = parts else {
            return Vec::new();
        };
        let with = |inner: &str| format!("{start}\"{inner}\"{end}");
        let ends = [
            inner.strip_prefix('^'),
            inner.strip_suffix("\\z"),
            inner.strip_suffix('$'),
        ];
        let is_pattern = self.is_static && start == "r";
        let without_end = ends.into_iter().flatten().filter(|_| is_pattern);
        std::iter::once(with(&format!("{inner}x")))
            .chain(without_end.map(with))
            .collect()
    }

    pub(super) fn path(&mut self, path: &syn::ExprPath) {
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

    pub(super) fn binary(&mut self, binary: &syn::ExprBinary) {
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
            // Where the left side decides, it is the result; which word of it decides is what the mutant changes. The right
            // side stays where it is, since it may leave the function by `?`.
            "&&" | "||" => {
                let decides = if own == "&&" { "==" } else { "!=" };
                self.around(&place, "(match (".to_owned(), ") } })".to_owned());
                self.replace(
                    operator,
                    format!(
                        ") {{ left_side => if left_side {decides} {SWITCH}::is({number}) {{ left_side }} else {{ ("
                    ),
                );
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

    pub(super) fn method(&mut self, call: &syn::ExprMethodCall) {
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
