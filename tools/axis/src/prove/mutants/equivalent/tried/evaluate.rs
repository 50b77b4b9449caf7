//! What a rule says of a row, and a mutant of it.

use syn::spanned::Spanned as _;
use syn::{BinOp, Block, Expr, Lit, Pat, RangeLimits, Stmt, UnOp};

use super::super::Mutant;

/// A value of a rule's argument, or of what it makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Bool(bool),
    Int(i128),
    /// A list of so many elements.
    List(i128),
    Option(Option<Box<Value>>),
}

/// A row, and the mutant that is tried of it.
pub(super) struct Evaluation<'a> {
    row: Vec<(String, Value)>,
    mutant: Option<&'a Mutant>,
    /// How often the mutant was met.
    pub(super) changes: usize,
}

impl<'a> Evaluation<'a> {
    pub(super) fn of(row: &[(String, Value)], mutant: Option<&'a Mutant>) -> Self {
        Self {
            row: row.to_vec(),
            mutant,
            changes: 0,
        }
    }

    /// What the rule says. None where that is not understood.
    pub(super) fn truth(&mut self, rule: &Expr) -> Option<bool> {
        if let Some(mutant) = self.mutant {
            let said = mutant.what.strip_prefix(&format!("{} is ", mutant.within));
            if let Some(said) = said.and_then(|said| said.parse().ok()) {
                self.changes += 1;
                return Some(said);
            }
        }
        match self.value(rule)? {
            Value::Bool(said) => Some(said),
            _ => None,
        }
    }

    /// What is changed of a place, in words.
    fn changed(&mut self, place: proc_macro2::Span) -> Option<&'a str> {
        let mutant = self.mutant?;
        (mutant.place == place.byte_range()).then(|| {
            self.changes += 1;
            mutant.what.as_str()
        })
    }

    fn value(&mut self, expression: &Expr) -> Option<Value> {
        match expression {
            Expr::Paren(inner) => self.value(&inner.expr),
            // A reference is what it refers to.
            Expr::Reference(inner) => self.value(&inner.expr),
            Expr::Path(path) => {
                let name = path.path.get_ident()?;
                if name == "None" {
                    return Some(Value::Option(None));
                }
                let known = self.row.iter().rev().find(|(known, _)| name == known);
                known.map(|(_, value)| value.clone())
            }
            Expr::Lit(literal) => self.literal(&literal.lit),
            Expr::Unary(unary) => match (&unary.op, self.value(&unary.expr)?) {
                (UnOp::Deref(_), value) => Some(value),
                (UnOp::Not(_), Value::Bool(said)) => {
                    let without = self.changed(unary.span());
                    Some(Value::Bool(said == without.is_some()))
                }
                (UnOp::Neg(_), Value::Int(number)) => Some(Value::Int(-number)),
                _ => None,
            },
            Expr::Binary(binary) => self.binary(binary),
            Expr::If(found) => {
                let Value::Bool(mut said) = self.value(&found.cond)? else {
                    return None;
                };
                let what = self.mutant.map(|mutant| mutant.what.as_str());
                if what.is_some_and(|what| what.ends_with("with its arms exchanged"))
                    && self.changed(found.cond.span()).is_some()
                {
                    said = !said;
                }
                match said {
                    true => self.block(&found.then_branch),
                    false => self.value(&found.else_branch.as_ref()?.1),
                }
            }
            Expr::Block(found) => self.block(&found.block),
            Expr::Call(call) => match call.func.as_ref() {
                Expr::Path(path) if path.path.is_ident("Some") && call.args.len() == 1 => Some(
                    Value::Option(Some(Box::new(self.value(call.args.first()?)?))),
                ),
                _ => None,
            },
            Expr::MethodCall(call) => self.method(call),
            _ => None,
        }
    }

    fn block(&mut self, block: &Block) -> Option<Value> {
        match block.stmts.as_slice() {
            [Stmt::Expr(only, None)] => self.value(only),
            _ => None,
        }
    }

    fn literal(&mut self, literal: &Lit) -> Option<Value> {
        let other = self.changed(literal.span());
        let other = other
            .and_then(|what| what.rsplit_once(" is "))
            .map(|(_, other)| other);
        match literal {
            Lit::Bool(said) => Some(Value::Bool(said.value == other.is_none())),
            Lit::Int(number) => match other {
                Some(other) => {
                    let digits = other.strip_suffix(number.suffix())?;
                    digits.parse().ok().map(Value::Int)
                }
                None => number.base10_parse().ok().map(Value::Int),
            },
            _ => None,
        }
    }

    fn binary(&mut self, binary: &syn::ExprBinary) -> Option<Value> {
        let what = self.mutant.map_or("", |mutant| mutant.what.as_str());
        // The same place is that of a condition whose arms are exchanged.
        let is_own = !what.ends_with("with its arms exchanged");
        let changed = match is_own {
            true => self.changed(binary.span()),
            false => None,
        };
        let ends = |end: &str| changed.is_some_and(|what| what.ends_with(end));
        let (without_right, without_left) = (
            ends("without its right side"),
            ends("without its left side"),
        );
        let is_flipped = changed.is_some() && !without_right && !without_left;
        let left = self.value(&binary.left)?;
        let right = self.value(&binary.right)?;
        let order = match (&left, &right) {
            (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
            _ => None,
        };
        let said = match (binary.op, &left, &right) {
            (BinOp::And(_) | BinOp::Or(_), Value::Bool(left), Value::Bool(right)) => {
                let is_and = matches!(binary.op, BinOp::And(_)) != is_flipped;
                match (without_right, without_left, is_and) {
                    (true, ..) => *left,
                    (_, true, _) => *right,
                    (_, _, true) => *left && *right,
                    _ => *left || *right,
                }
            }
            (BinOp::Eq(_), ..) => (left == right) != is_flipped,
            (BinOp::Ne(_), ..) => (left != right) != is_flipped,
            (BinOp::Lt(_), ..) => order?.is_lt() || (is_flipped && order?.is_eq()),
            (BinOp::Le(_), ..) => order?.is_lt() || (!is_flipped && order?.is_eq()),
            (BinOp::Gt(_), ..) => order?.is_gt() || (is_flipped && order?.is_eq()),
            (BinOp::Ge(_), ..) => order?.is_gt() || (!is_flipped && order?.is_eq()),
            // What calculates can tell more apart.
            _ => return None,
        };
        Some(Value::Bool(said))
    }

    fn method(&mut self, call: &syn::ExprMethodCall) -> Option<Value> {
        let own = call.method.to_string();
        let other = self.changed(call.method.span());
        let other = other.and_then(|what| what.split('`').nth(3));
        let name = other.unwrap_or(own.as_str());
        let argument = call.args.first();
        if let (Expr::Paren(inner), "contains", Some(argument)) =
            (call.receiver.as_ref(), name, argument)
        {
            let Expr::Range(range) = inner.expr.as_ref() else {
                return None;
            };
            let (Value::Int(low), Value::Int(high)) = (
                self.value(range.start.as_ref()?)?,
                self.value(range.end.as_ref()?)?,
            ) else {
                return None;
            };
            let Value::Int(number) = self.value(argument)? else {
                return None;
            };
            return Some(Value::Bool(match range.limits {
                RangeLimits::Closed(_) => (low..=high).contains(&number),
                RangeLimits::HalfOpen(_) => (low..high).contains(&number),
            }));
        }
        let option = match (self.value(&call.receiver)?, name) {
            (Value::List(length), "len") => return Some(Value::Int(length)),
            (Value::List(length), "is_empty") => return Some(Value::Bool(length == 0)),
            (Value::Option(option), _) => option,
            _ => return None,
        };
        match (name, option, argument) {
            ("is_some", option, None) => Some(Value::Bool(option.is_some())),
            ("is_none", option, None) => Some(Value::Bool(option.is_none())),
            ("is_none_or", None, Some(_)) => Some(Value::Bool(true)),
            ("is_some_and", None, Some(_)) => Some(Value::Bool(false)),
            ("and_then" | "filter", None, Some(_)) => Some(Value::Option(None)),
            ("is_none_or" | "is_some_and" | "and_then", Some(value), Some(closure)) => {
                self.call(closure, *value)
            }
            ("filter", Some(value), Some(closure)) => {
                match self.call(closure, (*value).clone())? {
                    Value::Bool(true) => Some(Value::Option(Some(value))),
                    Value::Bool(false) => Some(Value::Option(None)),
                    _ => None,
                }
            }
            ("or", Some(value), Some(_)) => Some(Value::Option(Some(value))),
            ("unwrap_or", Some(value), Some(_)) => Some(*value),
            ("or" | "unwrap_or", None, Some(argument)) => self.value(argument),
            _ => None,
        }
    }

    fn call(&mut self, closure: &Expr, value: Value) -> Option<Value> {
        let Expr::Closure(closure) = closure else {
            return None;
        };
        let name = match closure.inputs.first()? {
            Pat::Ident(name) => name.ident.to_string(),
            Pat::Wild(_) => String::new(),
            _ => return None,
        };
        self.row.push((name, value));
        let said = self.value(&closure.body);
        self.row.pop();
        said
    }
}
