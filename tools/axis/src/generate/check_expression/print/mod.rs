//! Last step: a rule as Rust, the way a person would write it.
//!
//! A condition of SQL has three values, its Rust has two. So it is printed by polarity: as the answer to "is it true?", or
//! to "is it not false?", which is what a CHECK asks. Under NOT the two change places, and no `Option<bool>` is left.

mod array;
mod code;
mod compare;
mod condition;
mod function;
mod json;
mod literal;
mod logic;
mod moment;
mod nulls;
mod number;
mod range;
mod reach;
mod text;
mod time;
mod unify;
mod value;

use std::collections::BTreeSet;

use super::super::catalog::Name;
use super::tree::{Expr, Type};
use code::{Ask, Code};
pub(crate) use literal::decimal;

/// The value of a column, as the function of a rule gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// The column.
    pub(crate) column: String,
    /// Its name in the function.
    pub(crate) name: String,
    /// Whether it can be NULL: then it is an `Option`.
    pub(crate) nullable: bool,
    /// Whether it is a `numeric` of so few digits that no calculation is beyond what PostgreSQL holds.
    pub(crate) is_short: bool,
    /// Whether it is a time that is rounded to fewer digits than six: it may be a microsecond beyond chrono's last one, and is
    /// the leap second of that day then.
    pub(crate) is_rounded: bool,
}

/// An enum, as Rust has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RustEnum {
    /// Path of the type.
    pub(crate) path: String,
    /// Its labels in order, each with its variant.
    pub(crate) variants: Vec<(String, String)>,
}

/// A member of a composite, as Rust has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RustMember {
    /// Its field, where that is an `Option`.
    pub(crate) field: Option<String>,
    /// It as an `Option`, of the composite `{}`.
    pub(crate) option: String,
    /// Whether it is a `BigDecimal` of its own.
    pub(crate) is_owned: bool,
    /// The function of `postgres.rs` that it calls.
    pub(crate) helper: Option<&'static str>,
}

/// What the contract has in Rust for the types of the database.
pub(crate) trait RustTypes {
    /// An enum.
    fn rust_enum(&self, name: &Name) -> Option<RustEnum>;

    /// A member of a composite, which a rule reads as of a type. An error says why the rule cannot be Rust.
    fn rust_member(
        &self,
        composite: &Name,
        member: &str,
        read_as: &Type,
    ) -> Result<RustMember, String>;
}

/// A rule as Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Printed {
    /// The body of a function that says whether the rule accepts the values.
    pub(crate) body: String,
    /// The functions of `postgres.rs` that it calls.
    pub(crate) helpers: BTreeSet<&'static str>,
    /// The parameters that it reads.
    pub(crate) reads: BTreeSet<String>,
}

/// Prints whether a rule accepts a row: whether it is not false.
pub(crate) fn accepts(
    rule: &Expr,
    parameters: &[Parameter],
    types: &dyn RustTypes,
) -> Result<Printed, String> {
    let mut printer = Printer {
        parameters: parameters.to_vec(),
        types,
        bound: Vec::new(),
        statics: Vec::new(),
        raises: false,
        is_typed: false,
        helpers: BTreeSet::new(),
        reads: BTreeSet::new(),
    };
    let condition = printer.truth(rule, Ask::NOT_FALSE)?;
    let mut body = printer.statics.concat();
    body += &match printer.raises {
        false => condition.text,
        // `?` where PostgreSQL raises an error.
        true => format!(
            "// What PostgreSQL refuses to calculate gives nothing, and refuses the row.\nlet accepted = || Some({});\naccepted().unwrap_or(false)",
            condition.text
        ),
    };
    Ok(Printed {
        body,
        helpers: printer.helpers,
        reads: printer.reads,
    })
}

/// Prints a constant, as an argument of a function.
pub(super) fn constant(
    constant: &Expr,
    types: &dyn RustTypes,
) -> Result<(String, BTreeSet<&'static str>), String> {
    let mut printer = Printer {
        parameters: Vec::new(),
        types,
        bound: Vec::new(),
        statics: Vec::new(),
        raises: false,
        is_typed: false,
        helpers: BTreeSet::new(),
        reads: BTreeSet::new(),
    };
    let code = printer.value(constant)?;
    match printer.statics.is_empty() && !printer.raises {
        true => Ok((code.text, printer.helpers)),
        false => Err("a constant needs more than itself".to_owned()),
    }
}

struct Printer<'a> {
    parameters: Vec<Parameter>,
    types: &'a dyn RustTypes,
    /// What is known not to be NULL, and the variable that holds it.
    bound: Vec<(Expr, Code)>,
    statics: Vec<String>,
    /// Whether a `?` was printed.
    raises: bool,
    /// Whether whole numbers say their type: nothing else does.
    is_typed: bool,
    helpers: BTreeSet<&'static str>,
    reads: BTreeSet<String>,
}
