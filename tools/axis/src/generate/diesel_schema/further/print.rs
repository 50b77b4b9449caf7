//! The text of the file, before rustfmt.

use super::super::super::render::MARKER;
use super::super::super::render::text::{code, doc, literal, module_doc};
use super::super::print::{indented, print_type};
use super::super::{DEFAULT_SCHEMA, Docs, Settings, Table, TableColumn, rust_name};
use super::related::Place;
use super::{Further, Module};

const ABOUT: &str = "What the diesel CLI does not print: views, tables without a primary key, further schemas, and names that \
its `schema.rs` could not hold. One module for each schema of the database.";

/// Prints the file. `schema_module` is the module beside it that `schema.rs` is.
pub(in super::super) fn print(
    further: &Further,
    settings: &Settings,
    schema_module: &str,
) -> String {
    let printed = match &settings.schema {
        Some(schema) => format!("{schema_module}::{}", rust_name(schema)),
        None => schema_module.to_owned(),
    };
    let mut text = format!(
        "{MARKER}\n{}#![allow(missing_docs, non_snake_case, unreachable_pub, rustdoc::all)]\n\n",
        module_doc(ABOUT)
    );
    text += &sql_types(further, settings, &printed);
    for module in &further.modules {
        text += &print_module(module, settings);
    }
    for (child, parent, column) in &further.related.joinables {
        text += &format!(
            "diesel::joinable!({} -> {} ({column}));\n",
            path(child, &printed),
            path(parent, &printed)
        );
    }
    text += &same_query(further, &printed);
    text
}

/// The path of a table from the file's own module.
fn path(place: &Place, printed: &str) -> String {
    match &place.module {
        Some(module) => format!("{module}::{}", place.rust_name),
        None => format!("super::{printed}::{}", place.rust_name),
    }
}

/// The types that Diesel does not know: those of `schema.rs` by their own path, and further ones.
fn sql_types(further: &Further, settings: &Settings, printed: &str) -> String {
    if further.imported.is_empty() && further.types.is_empty() {
        return String::new();
    }
    let mut text = String::from("pub mod sql_types {\n");
    if !further.imported.is_empty() {
        text += &format!(
            "pub use super::super::{printed}::sql_types::{{{}}};\n",
            further.imported.join(", ")
        );
    }
    for sql_type in &further.types {
        // By its schema, even the default one: a type of PostgreSQL's own may have the same name.
        let name = &sql_type.name;
        text += &format!(
            "\n#[derive({})]\n#[diesel(postgres_type(name = {}, schema = {}))]\npub struct {};\n",
            settings.custom_type_derives.join(", "),
            literal(&name.name),
            literal(&name.schema),
            sql_type.rust_name
        );
    }
    text += "}\n\n";
    text
}

fn print_module(module: &Module, settings: &Settings) -> String {
    let mut text = format!(
        "{}pub mod {} {{\n",
        doc(&format!("The schema {}.", code(&module.schema))),
        module.rust_name
    );
    let tables: Vec<String> = module
        .tables
        .iter()
        .map(|table| print_table(table, settings))
        .collect();
    text += &tables.join("\n");
    text += "}\n\n";
    text
}

fn print_table(table: &Table, settings: &Settings) -> String {
    let mut imported: Vec<&str> = Vec::new();
    for column in &table.columns {
        let name = column.sql_type.rust_name.as_str();
        if column.sql_type.is_custom && !imported.contains(&name) {
            imported.push(name);
        }
    }
    let mut body = String::new();
    if !imported.is_empty() {
        body += "use diesel::sql_types::*;\n";
        for name in imported {
            body += &format!("use super::super::sql_types::{name};\n");
        }
        body += "\n";
    }
    body += &comment(settings, table.comment.as_deref());
    body += &sql_name(&table.name.name, &table.rust_name);
    if table.name.schema != DEFAULT_SCHEMA {
        body += &format!("{}.", table.name.schema);
    }
    let columns: String = table
        .columns
        .iter()
        .map(|column| print_column(column, settings))
        .collect();
    body += &format!(
        "{} ({}) {}",
        table.rust_name,
        table.primary_key.join(", "),
        indented(&format!("{{\n{columns}"))
    );
    body += "}\n";
    let invocation = format!("{}}}\n", indented(&format!("diesel::table! {{\n{body}")));
    format!("    {}", indented(&invocation))
}

fn print_column(column: &TableColumn, settings: &Settings) -> String {
    let mut text = comment(settings, column.comment.as_deref());
    text += &sql_name(&column.name, &column.rust_name);
    if let Some(length) = column.max_length {
        text += &format!("#[max_length = {length}]\n");
    }
    text += &format!("{} -> {},\n", column.rust_name, print_type(column));
    text
}

/// `table!` takes one `r#` off the name, as if it were Rust's.
fn sql_name(name: &str, rust_name: &str) -> String {
    match (name == rust_name, name.starts_with("r#")) {
        (true, _) => String::new(),
        (false, true) => format!("#[sql_name = {}]\n", literal(&format!("r#{name}"))),
        (false, false) => format!("#[sql_name = {}]\n", literal(name)),
    }
}

fn comment(settings: &Settings, comment: Option<&str>) -> String {
    match comment.filter(|_| settings.with_docs != Docs::None) {
        Some(comment) => doc(comment),
        None => String::new(),
    }
}

/// What may appear in one query. Diesel's macro takes names, not paths, and says it of each pair: of two tables of
/// `schema.rs` that was said there.
fn same_query(further: &Further, printed: &str) -> String {
    let groups = &further.related.groups;
    if groups.is_empty() {
        return String::new();
    }
    let mut text = String::from("\nmod same_query {\n");
    if groups.iter().any(|group| !group.printed.is_empty()) {
        text += "    macro_rules! each {
        ($one:ident, $($other:ident),+) => {
            $(diesel::allow_tables_to_appear_in_same_query!($one, $other);)+
        };
    }
";
    }
    for (number, group) in groups.iter().enumerate() {
        let mut names = Vec::new();
        text += &format!("\nmod group_{} {{\n", number + 1);
        for (index, place) in group.further.iter().chain(&group.printed).enumerate() {
            let name = format!("table_{}", index + 1);
            let path = match &place.module {
                Some(module) => format!("super::super::{module}::{}", place.rust_name),
                None => format!("super::super::super::{printed}::{}", place.rust_name),
            };
            text += &format!("use {path} as {name};\n");
            names.push(name);
        }
        let (ours, theirs) = names.split_at(group.further.len());
        text += "\n";
        if ours.len() > 1 {
            text += &format!(
                "diesel::allow_tables_to_appear_in_same_query!(\n{},\n);\n",
                ours.join(", ")
            );
        }
        if !theirs.is_empty() {
            for name in ours {
                text += &format!("each!({name}, {});\n", theirs.join(", "));
            }
        }
        text += "}\n";
    }
    text += "}\n";
    text
}
