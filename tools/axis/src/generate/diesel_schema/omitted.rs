//! Which tables are not in `schema.rs`, and why.

use std::collections::BTreeMap;

use super::super::catalog::{Name, Relation};
use super::foreign_keys::Key;
use super::{DEFAULT_SCHEMA, MAX_COLUMNS, PROVIDED_TYPES, Settings, Table, names, print};

/// Why the table is not printed. Diesel's CLI leaves out the second, gives up at the third, and prints what does not
/// compile for the others.
pub(super) fn reason_to_omit(
    settings: &Settings,
    relation: &Relation,
    table: &Table,
) -> Option<String> {
    let name = &relation.name.name;
    if !settings.filter.lets(name) {
        return Some("the filter of diesel.toml leaves it out".to_owned());
    }
    if name.starts_with("__") {
        return Some("Diesel keeps names that begin with `__` for itself".to_owned());
    }
    if table.primary_key.is_empty() {
        return Some("it has no primary key, which Diesel needs".to_owned());
    }
    if table.columns.len() > MAX_COLUMNS {
        return Some(format!(
            "it has {} columns; Diesel can be built for {MAX_COLUMNS} at most",
            table.columns.len()
        ));
    }
    if settings.schema.is_some() && table.name.schema != DEFAULT_SCHEMA && table.rust_name != *name
    {
        return Some(
            "its name is no Rust name, and Diesel's CLI misprints such a name in a schema"
                .to_owned(),
        );
    }
    let names = table
        .columns
        .iter()
        .map(|column| (&column.name, &column.rust_name));
    for (name, rust_name) in names.clone().chain([(name, &table.rust_name)]) {
        if name.starts_with("r#") || is_unwritable(name) {
            return Some(format!("the diesel CLI cannot write the name {name:?}"));
        }
        if rust_name == "gen" {
            return Some("`gen` is a keyword of Rust that Diesel's CLI does not know".to_owned());
        }
    }
    if table.rust_name == "diesel" {
        return Some("a table named `diesel` hides the crate".to_owned());
    }
    let clashing = |name: &str| PROVIDED_TYPES.contains(&name) || names::CLASHING.contains(&name);
    if let Some(column) = table
        .columns
        .iter()
        .find(|column| clashing(&column.rust_name))
    {
        return Some(format!(
            "Diesel's `table!` does not compile with a column named `{}`",
            column.rust_name
        ));
    }
    if let Some((column, _)) = names.clone().find(|(_, name)| **name == table.rust_name) {
        return Some(format!(
            "it and its column {column:?} are both `{}` in Rust",
            table.rust_name
        ));
    }
    let custom_types = table.columns.iter().map(|column| &column.sql_type);
    for sql_type in custom_types.filter(|sql_type| sql_type.is_custom) {
        let rust_name = &sql_type.rust_name;
        if is_unwritable(&sql_type.name.name) || is_unwritable(&sql_type.name.schema) {
            return Some(format!(
                "the diesel CLI cannot write the name {:?} of a type",
                sql_type.name.name
            ));
        }
        if names::is_clashing_type(rust_name) {
            return Some(format!(
                "Diesel's `table!` does not compile with a type named `{rust_name}`"
            ));
        }
        if names.clone().any(|(_, column)| column == rust_name) || table.rust_name == *rust_name {
            return Some(format!(
                "it has both a type and a column, or its own name, that are `{rust_name}` in Rust"
            ));
        }
    }
    for (index, (name, rust_name)) in names.clone().enumerate() {
        if let Some((other, _)) = names
            .clone()
            .take(index)
            .find(|(_, found)| *found == rust_name)
        {
            return Some(format!(
                "its columns {other:?} and {name:?} are both `{rust_name}` in Rust"
            ));
        }
    }
    let unprintable = table
        .columns
        .iter()
        .find(|column| syn::parse_str::<syn::Ident>(&column.sql_type.rust_name).is_err())?;
    Some(format!(
        "the type of its column {:?}, {:?}, is no Rust name",
        unprintable.name, unprintable.sql_type.name.name
    ))
}

/// Whether a string literal, as the stock CLI writes it, would be another text, or none to the compiler.
fn is_unwritable(name: &str) -> bool {
    name.contains(['\\', '\n']) || name.contains(print::is_refused)
}

/// Two tables of one Rust name do not compile: neither is printed.
pub(super) fn omit_equal_names(tables: &mut Vec<Table>, omitted: &mut BTreeMap<Name, String>) {
    let mut by_rust_name: BTreeMap<String, Vec<Name>> = BTreeMap::new();
    for table in tables.iter() {
        by_rust_name
            .entry(table.rust_name.clone())
            .or_default()
            .push(table.name.clone());
    }
    for (rust_name, names) in by_rust_name {
        for name in &names {
            if let Some(other) = names.iter().find(|other| *other != name) {
                let reason = format!("it and {:?} are both `{rust_name}` in Rust", other.name);
                omitted.insert(name.clone(), reason);
            }
        }
    }
    tables.retain(|table| !omitted.contains_key(&table.name));
}

/// A table in the place of the module of types does not compile.
pub(super) fn omit_hidden_types(tables: &mut Vec<Table>, omitted: &mut BTreeMap<Name, String>) {
    let mut columns = tables.iter().flat_map(|table| &table.columns);
    if !columns.any(|column| column.sql_type.is_custom) {
        return;
    }
    tables.retain(|table| {
        let is_hidden = table.rust_name == "sql_types";
        if is_hidden {
            let reason = "schema.rs has a module of types that is called so".to_owned();
            omitted.insert(table.name.clone(), reason);
        }
        !is_hidden
    });
}

/// Omits the tables with a foreign key that the stock CLI declares although it does not compile.
pub(super) fn omit_unlike(
    keys: &[Key],
    tables: &mut Vec<Table>,
    omitted: &mut BTreeMap<Name, String>,
) {
    for key in keys.iter().filter(|key| !key.is_comparable) {
        if let Some(index) = tables.iter().position(|table| table.name.name == key.child) {
            let reason = format!(
                "its column `{}` and the key of `{}` are of two types, which Diesel cannot compare",
                key.joinable.column, key.parent
            );
            omitted.insert(tables.remove(index).name, reason);
        }
    }
}
