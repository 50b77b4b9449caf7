//! `coverage.md`: what the contracts do not hold.

use super::super::contract::{Contract, Entry, TableCoverage};
use super::text::code;

/// Prints the page.
pub(super) fn page(contract: &Contract) -> String {
    let coverage = &contract.coverage;
    let mut text = String::from(
        "# What the contracts leave to the database

A contract accepts a value if and only if PostgreSQL does, but for what is listed here by name.
",
    );
    if let Some(needed) = &coverage.diesel_feature {
        text += &format!(
            "\nDiesel needs its feature `{}`, or one for more columns: {} has {} columns.\n",
            needed.feature,
            code(&needed.table),
            needed.columns
        );
    }
    if let Some(recursion) = &coverage.recursion {
        text += &format!(
            "\n`schema.rs` lets {} tables appear in one query: its crate needs `#![recursion_limit = \"{}\"]`.\n",
            recursion.tables, recursion.limit
        );
    }
    if !coverage.without_contract.is_empty() {
        text += "\n## Without a contract\n";
        text += &list(["name", "what", "why"], &coverage.without_contract, false);
    }
    if !coverage.read_only.is_empty() {
        text += "\n## Read only\n\nNothing but `Select`.\n";
        text += &list(["name", "what", "why"], &coverage.read_only, false);
    }
    if !coverage.further.is_empty() {
        text += "\n## Beside schema.rs\n\nThe tables of these are in the file beside schema.rs.\n";
        text += &list(["name", "what", "why"], &coverage.further, false);
    }
    if !coverage.keys.is_empty() {
        text += "\n## Without a primary key\n\nDiesel wants a table to have one, and is told another for these.\n";
        text += &list(["name", "what", "Diesel's key"], &coverage.keys, false);
    }
    for table in &coverage.tables {
        text += &section(table);
    }
    text
}

fn section(table: &TableCoverage) -> String {
    let mut text = String::new();
    if !table.columns.is_empty() {
        text += "\nColumns that are not part of the contract:\n";
        text += &list(["column", "type", "why"], &table.columns, true);
    }
    if !table.narrower.is_empty() {
        text += "\nColumns that hold more than their Rust type:\n";
        text += &list(
            ["column", "type", "what the Rust type lacks"],
            &table.narrower,
            true,
        );
    }
    if !table.reads_null.is_empty() {
        let columns: Vec<String> = table.reads_null.iter().map(|name| code(name)).collect();
        text += "\nColumns that may be NULL, for all that axis can tell (`[view_nullable]` of axis.toml says it where you know better): ";
        text += &format!("{}\n", columns.join(", "));
    }
    if !table.database_only.is_empty() {
        text += "\nRules that the database alone enforces:\n";
        text += &list(["name", "rule", "why"], &table.database_only, true);
    }
    if !table.unknown_defaults.is_empty() {
        text += "\nRules that the database alone decides where an INSERT leaves out a column:\n";
        let heads = ["name", "rule", "the value left out"];
        text += &list(heads, &table.unknown_defaults, true);
    }
    match text.is_empty() {
        true => text,
        false => format!("\n## {}\n{text}", code(&table.name)),
    }
}

fn list(heads: [&str; 3], entries: &[Entry], is_sql: bool) -> String {
    let mut text = format!("\n| {} |\n|---|---|---|\n", heads.join(" | "));
    for entry in entries {
        let what = match is_sql {
            true => code(&entry.what),
            false => entry.what.clone(),
        };
        let cells = [code(&entry.name), what, entry.reason.clone()];
        text += &format!(
            "| {} |\n",
            cells.map(|cell| cell.replace('|', "\\|")).join(" | ")
        );
    }
    text
}
