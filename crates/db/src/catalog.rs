//! What the database says about its tables: here their columns, in `objects` their rules and what is a fingerprint of them.
//! `node` reads PostgreSQL's expressions, `tree` gives them one form.

mod node;
mod objects;
mod tree;

use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Text};
use diesel_async::RunQueryDsl;

use crate::DbError;
use crate::connection::Connection;
pub use node::{CatalogNode, CatalogStruct, UnknownTree};
pub use objects::{
    CatalogObject, CatalogObjectKind, CatalogTable, catalog_fingerprint, catalog_of_all_tables,
    catalog_tables,
};

/// One column, as `pg_attribute` has it.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct CatalogColumn {
    /// The table's schema.
    #[diesel(sql_type = Text)]
    pub schema: String,
    /// The table or view.
    #[diesel(sql_type = Text)]
    pub table: String,
    /// The column.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Its type with its modifiers, whatever the search path: `character varying(255)`, `text[]`,
    /// `public.status`.
    #[diesel(sql_type = Text)]
    pub data_type: String,
    /// Whether it may be NULL: neither it nor its domain is NOT NULL.
    #[diesel(sql_type = Bool)]
    pub nullable: bool,
    /// Whether an INSERT may leave it out: it has a default, is an identity, or is generated.
    #[diesel(sql_type = Bool)]
    pub has_default: bool,
}

/// `format_type` for types of pg_catalog and arrays of them; any other type is qualified by hand,
/// because `format_type` would leave out the schema where the search path has it. What
/// `format_type` adds for the modifier is cut off its end.
const COLUMNS: &str = "
SELECT n.nspname::text AS \"schema\", c.relname::text AS \"table\", a.attname::text AS \"name\",
       CASE WHEN tn.nspname = 'pg_catalog'
            THEN pg_catalog.format_type(a.atttypid, a.atttypmod)
            ELSE pg_catalog.quote_ident(tn.nspname) || '.' || pg_catalog.quote_ident(t.typname)
                 || pg_catalog.substr(pg_catalog.format_type(t.oid, a.atttypmod),
                                      pg_catalog.length(pg_catalog.format_type(t.oid, NULL)) + 1)
                 || CASE WHEN t.oid = a.atttypid THEN '' ELSE '[]' END
       END AS \"data_type\",
       NOT (a.attnotnull OR t.typtype = 'd' AND t.oid = a.atttypid AND t.typnotnull) AS \"nullable\",
       (a.atthasdef OR a.attidentity <> '') AS \"has_default\"
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS wanted(\"schema\", \"table\")
  ON wanted.\"schema\" = n.nspname AND wanted.\"table\" = c.relname
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type ct ON ct.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type element ON element.typarray = ct.oid
JOIN pg_catalog.pg_type t ON t.oid = coalesce(element.oid, ct.oid)
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY n.nspname, c.relname, a.attnum";

/// The columns of `tables`, each given as schema and name, in the order of schema, table and
/// position. A table that is not there has none.
///
/// # Errors
/// What the query gave.
pub async fn catalog_columns(
    connection: &mut Connection,
    tables: &[(&str, &str)],
) -> Result<Vec<CatalogColumn>, DbError> {
    let (schemas, names): (Vec<&str>, Vec<&str>) = tables.iter().copied().unzip();
    #[expect(
        clippy::disallowed_methods,
        reason = "the catalogs' functions are not in Diesel's query builder; the text is constant and its values are bound"
    )]
    let query = diesel::sql_query(COLUMNS);
    Ok(query
        .bind::<Array<Text>, _>(schemas)
        .bind::<Array<Text>, _>(names)
        .load(connection)
        .await?)
}
