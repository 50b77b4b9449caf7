//! `postgres.rs`: what several tables share, of that only what is in use.
//!
//! Its parts are Rust files of their own, so that they are formatted, and compiled by the tests.

use std::collections::BTreeSet;

use super::super::contract::{Contract, InsertForm, Scalar, UpdateForm};

/// A function of `postgres.rs`, with the ones that it calls.
struct Function {
    name: &'static str,
    calls: &'static [&'static str],
    text: &'static str,
}

macro_rules! functions {
    ($($name:literal calls [$($callee:literal),*];)*) => {
        [$(Function {
            name: $name,
            calls: &[$($callee),*],
            text: include_str!(concat!("postgres/", $name, ".rs")),
        }),*]
    };
}

/// In the order in which they are printed.
const FUNCTIONS: [Function; 11] = functions! {
    "report" calls [];
    "present" calls [];
    "text" calls [];
    "characters" calls ["text"];
    "timestamptz" calls [];
    "timestamp" calls ["timestamptz"];
    "date" calls ["timestamp", "timestamptz"];
    "time" calls [];
    "jsonb" calls ["text"];
    "numeric" calls [];
    "numeric_of" calls ["numeric"];
};

/// The function that holds the limits of a type.
pub(super) fn limit_function(scalar: &Scalar) -> Option<&'static str> {
    Some(match scalar {
        Scalar::Text => "text",
        Scalar::Characters(_) => "characters",
        Scalar::Timestamptz => "timestamptz",
        Scalar::Timestamp => "timestamp",
        Scalar::Date => "date",
        Scalar::Time => "time",
        Scalar::Jsonb => "jsonb",
        Scalar::Numeric => "numeric",
        Scalar::NumericOf { .. } => "numeric_of",
        _ => return None,
    })
}

/// Prints the module.
pub(super) fn module(contract: &Contract) -> String {
    let used = used(contract);
    let functions = FUNCTIONS
        .iter()
        .filter(|function| used.contains(function.name))
        .map(|function| function.text);
    let parts: Vec<&str> = [
        "//! What several tables share: how a constraint is described, and the rules of PostgreSQL's types that are in use.\n",
        include_str!("postgres/contract.rs"),
    ]
    .into_iter()
    .chain(functions)
    .collect();
    let helpers = super::helpers::functions(contract);
    let helpers = helpers.iter().map(String::as_str);
    parts
        .into_iter()
        .chain(helpers)
        .collect::<Vec<_>>()
        .join("\n")
}

fn used(contract: &Contract) -> BTreeSet<&'static str> {
    let mut used = BTreeSet::new();
    for column in contract.tables.iter().flat_map(|table| &table.columns) {
        if !column.is_written() {
            continue;
        }
        used.insert("report");
        let reads_absent = matches!(
            column.insert,
            InsertForm::Defaulted | InsertForm::DefaultedNullable
        );
        if reads_absent || column.update != UpdateForm::Absent {
            used.insert("present");
        }
        used.extend(limit_function(&column.value.scalar));
    }
    for function in &FUNCTIONS {
        if used.contains(function.name) {
            used.extend(function.calls);
        }
    }
    used
}
