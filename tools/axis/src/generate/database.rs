//! The throw-away database that the migrations are applied to.

use std::path::{Path, PathBuf};

use axis_local_postgres::{Cluster, Migrations, Project, TemporaryDatabase};

use tokio_postgres::Client;
use tokio_postgres::error::ErrorPosition;

use super::catalog::{self, Catalog};
use super::check_expression::TargetLocale;

/// Why there is no migrated database.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    /// There is no server, or no database on it.
    #[error("there is no throw-away database to apply the migrations to")]
    Server(#[source] axis_local_postgres::Error),
    /// A migration failed.
    #[error("the migrations cannot be applied: mend {place}, and run this again")]
    Migration {
        /// Where PostgreSQL stopped.
        place: String,
        /// Which migration, and why.
        #[source]
        source: axis_local_postgres::Error,
    },
    /// The server is older than the one that the contracts are for.
    #[error(
        "PostgreSQL {found} is older than the target of axis.toml, {target}: install a newer one, or lower the target"
    )]
    TooOld {
        /// Its major version.
        found: u32,
        /// The target's.
        target: u32,
    },
    /// The folder of the migrations is not there, or holds none.
    #[error(
        "there is no migration in {}: axis.toml names it as the folder of the migrations. \
         `diesel migration generate <name>` makes one", folder.display()
    )]
    NoMigration {
        /// The folder.
        folder: PathBuf,
    },
    /// The database could not be reached.
    #[error("cannot connect to the throw-away database")]
    Connect(#[source] tokio_postgres::Error),
    /// Its catalog could not be read.
    #[error(transparent)]
    Read(#[from] catalog::ReadError),
}

/// A database with all migrations applied. It goes away with this value.
pub(crate) struct MigratedDatabase {
    client: Client,
    database: TemporaryDatabase,
    // Dropped after the database, which lives in it.
    _cluster: Cluster,
}

impl MigratedDatabase {
    /// Makes one on the project's private server, which must be as new as the target's major version.
    pub(crate) async fn new(
        root: &Path,
        migrations: &Path,
        target: u32,
    ) -> Result<Self, DatabaseError> {
        let folder = root.join(migrations);
        if !folder.is_dir() {
            return Err(DatabaseError::NoMigration { folder });
        }
        let migrations = Migrations::in_folder(&folder).map_err(unplaced)?;
        if migrations.list().map_err(unplaced)?.is_empty() {
            return Err(DatabaseError::NoMigration { folder });
        }
        let project = Project::at(root).map_err(DatabaseError::Server)?;
        let cluster = Cluster::ephemeral(&project).map_err(DatabaseError::Server)?;
        let database = cluster
            .server()
            .temporary_database()
            .map_err(DatabaseError::Server)?;
        let url = database.url();
        let client = connect(&url).await?;
        let found = major_version(&client).await?;
        if found < target {
            return Err(DatabaseError::TooOld { found, target });
        }
        if let Err(source) = migrations.apply_all(&url) {
            return Err(match place(&migrations, &client).await {
                Some(place) => DatabaseError::Migration { place, source },
                None => unplaced(source),
            });
        }
        Ok(Self {
            client,
            database,
            _cluster: cluster,
        })
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        self.database.url()
    }

    /// Reads its catalog.
    pub(crate) async fn catalog(
        &self,
        locale: Option<&TargetLocale>,
    ) -> Result<Catalog, DatabaseError> {
        Ok(catalog::read(&self.client, &self.url(), locale).await?)
    }
}

fn unplaced(source: axis_local_postgres::Error) -> DatabaseError {
    DatabaseError::Migration {
        place: "the one that is named".to_owned(),
        source,
    }
}

/// Where the first migration that is not applied fails. Diesel does not say it: the migration is run once more, in a
/// transaction that is rolled back. None where PostgreSQL gives no position then either.
async fn place(migrations: &Migrations, client: &Client) -> Option<String> {
    let count = "SELECT count(*) FROM __diesel_schema_migrations";
    let applied: i64 = client.query_one(count, &[]).await.ok()?.try_get(0).ok()?;
    let name = migrations
        .list()
        .ok()?
        .into_iter()
        .nth(usize::try_from(applied).ok()?)?;
    let file = migrations.folder().join(name).join("up.sql");
    let sql = std::fs::read_to_string(&file).ok()?;
    client.batch_execute("BEGIN").await.ok()?;
    let error = client.batch_execute(&sql).await.err();
    client.batch_execute("ROLLBACK").await.ok()?;
    let error = error?;
    let Some(ErrorPosition::Original(position)) = error.as_db_error()?.position() else {
        return None;
    };
    let (line, text) = line_at(&sql, *position)?;
    Some(format!("line {line} of {} (`{text}`)", file.display()))
}

/// The line of the character at a position, which is counted from 1, and its number.
fn line_at(sql: &str, position: u32) -> Option<(usize, &str)> {
    let before = usize::try_from(position).ok()?.checked_sub(1)?;
    let line = sql
        .chars()
        .take(before)
        .filter(|character| *character == '\n')
        .count();
    Some((line + 1, sql.lines().nth(line)?.trim()))
}

async fn major_version(client: &Client) -> Result<u32, DatabaseError> {
    let query = "SELECT current_setting('server_version_num')::int4 / 10000";
    let row = client
        .query_one(query, &[])
        .await
        .map_err(DatabaseError::Connect)?;
    let major: i32 = row.try_get(0).map_err(DatabaseError::Connect)?;
    Ok(major.unsigned_abs())
}

/// Connects to a database of our own server, which speaks no TLS.
async fn connect(url: &str) -> Result<Client, DatabaseError> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .map_err(DatabaseError::Connect)?;
    // Ends with the client. A connection that breaks fails the queries too.
    tokio::spawn(connection);
    Ok(client)
}

/// Reads the catalog of the database that a URL leads to.
#[cfg(test)]
pub(crate) async fn catalog_of(url: &str) -> Catalog {
    catalog_for(url, "C.UTF-8").await
}

/// The catalog of a database, for a locale of the system's.
#[cfg(test)]
pub(crate) async fn catalog_for(url: &str, locale: &str) -> Catalog {
    let locale = TargetLocale {
        provider: Default::default(),
        name: locale.to_owned(),
    };
    catalog::read(&connect(url).await.unwrap(), url, Some(&locale))
        .await
        .unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_a_line() {
        let sql = "SELECT 1;\nSELECT 'é',\n  wrong;\n";
        let position = sql.chars().position(|character| character == 'w').unwrap() + 1;
        let position = u32::try_from(position).unwrap();
        assert_eq!(line_at(sql, position), Some((3, "wrong;")));
        assert_eq!(line_at(sql, 1), Some((1, "SELECT 1;")));
        assert_eq!(line_at(sql, 0), None);
    }
}
