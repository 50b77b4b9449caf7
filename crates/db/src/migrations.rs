//! The migrations that this build was made with, and how they compare with a database. Nothing here
//! applies one.

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

use crate::DbError;
use crate::connection::Connection;

const EMBEDDED: EmbeddedMigrations = embed_migrations!("../../migrations");

diesel::table! {
    // The table in which Diesel notes what was applied.
    __diesel_schema_migrations (version) {
        version -> Varchar,
        run_on -> Timestamp,
    }
}

diesel::define_sql_function! {
    /// The table's OID, or NULL where the search path has no such table.
    fn to_regclass(name: Text) -> Nullable<Oid>;
}

/// One folder of `migrations/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EmbeddedMigration {
    /// Its version, by which the database knows it: `20261122090000`.
    pub version: String,
    /// Its folder's name: `2026-11-22-090000_create_users`.
    pub name: String,
}

/// Every migration of this build, oldest first.
#[must_use]
pub fn embedded_migrations() -> Vec<EmbeddedMigration> {
    // Embedded migrations are a constant, and reading them cannot fail.
    let migrations: Vec<Box<dyn Migration<Pg>>> = EMBEDDED.migrations().unwrap_or_default();
    let mut list: Vec<EmbeddedMigration> = migrations
        .iter()
        .map(|migration| EmbeddedMigration {
            version: migration.name().version().to_string(),
            name: migration.name().to_string(),
        })
        .collect();
    list.sort();
    list
}

/// The migrations of this build that the database lacks, oldest first. All of them where none was
/// ever applied.
///
/// # Errors
/// What the query gave.
pub async fn pending_migrations(
    connection: &mut Connection,
) -> Result<Vec<EmbeddedMigration>, DbError> {
    let applied = applied_versions(connection).await?;
    let mut list = embedded_migrations();
    list.retain(|migration| !applied.contains(&migration.version));
    Ok(list)
}

/// The versions that the database has and this build does not know, oldest first: it was migrated
/// by a newer build.
///
/// # Errors
/// What the query gave.
pub async fn unknown_migrations(connection: &mut Connection) -> Result<Vec<String>, DbError> {
    let mut applied = applied_versions(connection).await?;
    let known = embedded_migrations();
    applied.retain(|version| !known.iter().any(|migration| migration.version == *version));
    Ok(applied)
}

async fn applied_versions(connection: &mut Connection) -> Result<Vec<String>, DbError> {
    let is_there: bool = diesel::select(to_regclass("__diesel_schema_migrations").is_not_null())
        .get_result(connection)
        .await?;
    if !is_there {
        return Ok(Vec::new());
    }
    Ok(__diesel_schema_migrations::table
        .select(__diesel_schema_migrations::version)
        .order(__diesel_schema_migrations::version)
        .load(connection)
        .await?)
}
