//! The migrations that this build was made with, and how they compare with a database.

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

use super::applied::applied_migrations;
use crate::DbError;
use crate::connection::Connection;

const EMBEDDED: EmbeddedMigrations = embed_migrations!("../../migrations");

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
    let applied = applied_migrations(connection).await?.unwrap_or_default();
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
    let mut applied = applied_migrations(connection).await?.unwrap_or_default();
    let known = embedded_migrations();
    applied.retain(|version| !known.iter().any(|migration| migration.version == *version));
    Ok(applied)
}
