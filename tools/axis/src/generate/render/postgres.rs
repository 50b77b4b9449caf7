//! `postgres.rs`: what several tables share, of that only what is in use.
//!
//! Its parts are Rust files of their own, so that they are formatted, and compiled by the tests.

use std::collections::BTreeSet;

use super::super::contract::{Contract, InsertForm, Scalar, SqlPath, Types, UpdateForm};
use super::{SchemaModules, limits, sql_types, types};

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
const FUNCTIONS: [Function; 59] = functions! {
    "report" calls [];
    "insertable" calls [];
    "present" calls [];
    "once" calls [];
    "text" calls [];
    "characters" calls ["text"];
    "timestamptz" calls [];
    "timestamp" calls ["timestamptz"];
    "date" calls ["timestamp"];
    "time" calls [];
    "jsonb" calls ["text"];
    "numeric" calls [];
    "numeric_of" calls ["numeric"];
    "as_text" calls [];
    "interval" calls ["as_text"];
    "range_type" calls [];
    "multirange" calls ["range_type"];
    "range" calls ["range_type"];
    "integer_range" calls ["range_type"];
    "range_from_bytes" calls ["range_type", "length_prefixed"];
    "multirange_from_bytes" calls ["multirange", "range_from_bytes"];
    "hstore" calls ["text", "length_prefixed", "write_length_prefixed"];
    "ltree" calls ["split_off"];
    "tsvector" calls ["text", "as_text", "split_off"];
    "tsquery" calls ["text", "as_text", "split_off"];
    "snapshot" calls ["as_text", "split_off"];
    "timetz" calls ["time", "as_text", "split_off"];
    "bits" calls ["as_text", "split_off"];
    "bit" calls [];
    "varbit" calls [];
    "money" calls [];
    "macaddr" calls ["as_text"];
    "macaddr8" calls ["as_text"];
    "pg_lsn" calls ["as_text"];
    "name" calls ["text"];
    "xml" calls ["text"];
    "jsonpath" calls ["text", "split_off"];
    "point_type" calls ["split_off"];
    "points" calls ["point_type"];
    "point" calls ["point_type"];
    "line" calls ["point_type"];
    "lseg" calls ["points"];
    "box" calls ["points"];
    "path" calls ["points"];
    "polygon" calls ["points"];
    "circle" calls ["points"];
    "tid" calls ["as_text", "split_off"];
    "xid8" calls [];
    "transaction_id" calls [];
    "oid_alias" calls [];
    "int_vector" calls ["length_prefixed", "split_off", "write_length_prefixed"];
    "write_length_prefixed" calls [];
    "length_prefixed" calls ["split_off"];
    "split_off" calls [];
    "timestamptz_order" calls ["timestamp_order"];
    "timestamp_order" calls ["microseconds"];
    "time_order" calls [];
    "float_order" calls [];
    "microseconds" calls [];
};

/// Prints the module.
pub(super) fn module(contract: &Contract, schemas: &SchemaModules) -> String {
    let used = used(contract);
    let parts = FUNCTIONS
        .iter()
        .filter(|function| used.contains(function.name))
        .map(|function| with_sql_types(function, &contract.types, schemas));
    let parts: Vec<String> = [
        "//! What several tables share: how a constraint is described, the rules of PostgreSQL's types that are in use, and values\n//! of those that Rust has no type for.\n",
        include_str!("postgres/contract.rs"),
    ]
    .into_iter()
    .map(ToOwned::to_owned)
    .chain(parts)
    .chain(super::rule_functions::functions(contract))
    .collect();
    parts.join("\n")
}

/// The text of a part, with what Diesel calls its types.
fn with_sql_types(function: &Function, all: &Types, schemas: &SchemaModules) -> String {
    let path = |sql_type: &SqlPath| sql_types::path(sql_type, schemas);
    let attributes = |paths: BTreeSet<String>| {
        let attributes = paths
            .iter()
            .map(|path| format!("#[diesel(sql_type = {path})]"));
        attributes.collect::<Vec<_>>().join("\n")
    };
    match function.name {
        "range_type" => {
            let ranges = all.ranges.iter().map(|range| path(&range.sql_type));
            let of_multiranges = all.multiranges.iter().map(|range| {
                let subtype = path(&range.subtype_sql_type);
                format!("diesel::sql_types::Range<{subtype}>")
            });
            let paths = match all.ranges.is_empty() {
                true => of_multiranges.collect(),
                false => ranges.collect(),
            };
            let placeholder = "#[diesel(sql_type = RANGES)]";
            function.text.replace(placeholder, &attributes(paths))
        }
        "multirange" => {
            let paths = all.multiranges.iter();
            let paths = paths.map(|range| path(&range.sql_type)).collect();
            let placeholder = "#[diesel(sql_type = MULTIRANGES)]";
            function.text.replace(placeholder, &attributes(paths))
        }
        "bits" => {
            let paths: BTreeSet<String> = all.bits.iter().map(path).collect();
            let mut text = function.text.replace(
                "#[diesel(sql_type = sql_types::OWN)]",
                &attributes(paths.clone()),
            );
            let mut paths = paths.into_iter();
            if let Some(first) = paths.next() {
                text = text.replace("sql_types::OWN", &first);
                text.extend(
                    paths.map(|other| sql_types::delegate("Bits", &other, "self", &first, "Ok")),
                );
            }
            text
        }
        "point_type" => {
            let point = all.own.iter().find(|(own, _)| own.part == "point");
            match point {
                Some((_, sql_type)) => function.text.replace("= POINT", &format!("= {}", path(sql_type))),
                None => function
                    .text
                    .replace("    diesel::expression::AsExpression,\n    diesel::deserialize::FromSqlRow,\n", "")
                    .replace("#[diesel(sql_type = POINT)]\n", ""),
            }
        }
        name => {
            let printed: Vec<String> = all
                .own
                .iter()
                .filter(|(own, _)| own.part == name)
                .map(|(own, sql_type)| {
                    let (element, oid) = match own.type_name {
                        "int2vector" => ("i16", "21"),
                        _ => ("u32", "26"),
                    };
                    function
                        .text
                        .replace("sql_types::OWN", &path(sql_type))
                        .replace("OWN_TYPE", own.type_name)
                        .replace("OWN_ELEMENT_OID", oid)
                        .replace("OwnElement", element)
                        .replace("OwnName", own.rust_name)
                })
                .collect();
            match printed.is_empty() {
                true => function.text.to_owned(),
                false => printed.join("\n"),
            }
        }
    }
}

fn used(contract: &Contract) -> BTreeSet<&'static str> {
    let mut used = BTreeSet::new();
    for column in contract.tables.iter().flat_map(|table| &table.columns) {
        add_types(&column.value.scalar, &mut used);
        if !column.is_written() {
            continue;
        }
        used.insert("report");
        if column.insert != InsertForm::Absent {
            used.insert("insertable");
        }
        let reads_absent = matches!(
            column.insert,
            InsertForm::Defaulted | InsertForm::DefaultedNullable
        );
        if reads_absent || column.update != UpdateForm::Absent {
            used.insert("present");
        }
        add_limits(&column.value.scalar, &mut used);
    }
    let mut constraints = contract.tables.iter().flat_map(|table| &table.constraints);
    if constraints.any(|found| {
        found
            .check
            .as_ref()
            .is_some_and(|check| check.part.is_some())
    }) {
        used.insert("once");
    }
    used.extend(super::check::helpers(contract));
    // What is called by what is called: once more than the longest chain.
    for _ in 0..4 {
        for function in &FUNCTIONS {
            if used.contains(function.name) {
                used.extend(function.calls);
            }
        }
    }
    used
}

/// The types that a value has.
fn add_types(scalar: &Scalar, used: &mut BTreeSet<&'static str>) {
    for part in scalar.parts() {
        add_types(part, used);
    }
    match scalar {
        Scalar::Own { own, .. } => {
            used.insert(own.part);
        }
        Scalar::Bits { .. } => {
            used.insert("bits");
        }
        Scalar::Range(range) => {
            used.insert("range_type");
            if types::bound_from_bytes(&range.subtype).is_some() {
                used.insert("range_from_bytes");
            }
        }
        Scalar::Multirange(range) => {
            used.insert("multirange");
            if types::bound_from_bytes(&range.subtype).is_some() {
                used.insert("multirange_from_bytes");
            }
        }
        _ => {}
    }
}

/// The functions that judge a value that is written.
fn add_limits(scalar: &Scalar, used: &mut BTreeSet<&'static str>) {
    for part in scalar.parts() {
        add_limits(part, used);
    }
    used.extend(limits::parts(scalar));
}
