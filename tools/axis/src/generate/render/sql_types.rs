//! How Diesel's types are named, and those that the contracts define for themselves.

use std::collections::BTreeMap;

use super::super::catalog::Name;
use super::super::contract::{SqlPath, Value};
use super::SchemaModules;
use super::text::{code, doc, literal};

/// The path of Diesel's type of a type.
pub(super) fn path(sql_type: &SqlPath, schemas: &SchemaModules) -> String {
    match sql_type {
        SqlPath::Diesel(name) => format!("diesel::sql_types::{name}"),
        SqlPath::Schema(name) => format!("{}::sql_types::{name}", schemas.schema),
        SqlPath::Further(name) => format!("{}::sql_types::{name}", schemas.further),
        SqlPath::Given(path) => path.clone(),
        SqlPath::Contract { rust_name, .. } => format!("super::types::sql_types::{rust_name}"),
    }
}

/// Diesel's type of a value, of which `sql_type` is the element's.
pub(super) fn of_value(value: &Value, sql_type: &SqlPath, schemas: &SchemaModules) -> String {
    let path = path(sql_type, schemas);
    match value.is_array {
        true => format!("diesel::sql_types::Array<diesel::sql_types::Nullable<{path}>>"),
        false => path,
    }
}

/// The module of those that neither Diesel nor schema.rs defines.
pub(super) fn module(sql_types: &BTreeMap<String, Name>) -> String {
    if sql_types.is_empty() {
        return String::new();
    }
    let definitions: String = sql_types
        .iter()
        .map(|(rust_name, name)| {
            format!(
                "{}#[derive(Clone, Copy, Debug, Default, diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
#[diesel(postgres_type(name = {}, schema = {}))]
pub struct {rust_name};
",
                doc(&format!("{}.", code(&name.to_string()))),
                literal(&name.name),
                literal(&name.schema)
            )
        })
        .collect();
    format!(
        "
/// Types that no column in schema.rs has as Diesel sends them: they are parts of others.
pub mod sql_types {{
{definitions}}}
"
    )
}

/// What makes a type of `std` writable as `character varying` and `character`, which Diesel takes for `text`.
pub(super) fn text_as(sql_types: &BTreeMap<String, Name>) -> String {
    let is_text = |name: &Name| {
        name.schema == "pg_catalog" && matches!(name.name.as_str(), "varchar" | "bpchar")
    };
    sql_types
        .iter()
        .filter(|(_, name)| is_text(name))
        .map(|(rust_name, _)| {
            delegate(
                "String",
                &format!("sql_types::{rust_name}"),
                "self",
                "diesel::sql_types::Text",
                "Ok",
            )
        })
        .collect()
}

/// Reads and writes a type as another: `inner` is what is written, `wrap` makes the type of what was read.
pub(super) fn delegate(
    rust_type: &str,
    sql_type: &str,
    inner: &str,
    inner_sql_type: &str,
    wrap: &str,
) -> String {
    let (inner, read) = match wrap {
        "Ok" => (inner.to_owned(), String::new()),
        _ => (format!("&{inner}"), format!(".map({wrap})")),
    };
    let read = format!(
        "diesel::deserialize::FromSql::<{inner_sql_type}, diesel::pg::Pg>::from_sql(value){read}"
    );
    write_as(rust_type, sql_type, &inner, inner_sql_type) + &read_by(rust_type, sql_type, &read)
}

/// Writes a type as another.
pub(super) fn write_as(rust_type: &str, sql_type: &str, inner: &str, as_type: &str) -> String {
    format!(
        "
impl diesel::serialize::ToSql<{sql_type}, diesel::pg::Pg> for {rust_type} {{
    fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>) -> diesel::serialize::Result {{
        diesel::serialize::ToSql::<{as_type}, diesel::pg::Pg>::to_sql({inner}, out)
    }}
}}
"
    )
}

/// Reads a type by an expression of `value`.
pub(super) fn read_by(rust_type: &str, sql_type: &str, read: &str) -> String {
    format!(
        "
impl diesel::deserialize::FromSql<{sql_type}, diesel::pg::Pg> for {rust_type} {{
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {{
        {read}
    }}
}}
"
    )
}
