//! The throw-away database that the migrations are applied to.

use std::path::{Path, PathBuf};

use axis_local_postgres::{Cluster, Migrations, Project, TemporaryDatabase};

use super::catalog::{self, Catalog};

/// Why there is no migrated database.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    /// There is no server, or no database on it.
    #[error("there is no throw-away database to apply the migrations to")]
    Server(#[source] axis_local_postgres::Error),
    /// A migration failed.
    #[error("the migrations cannot be applied: mend the one that is named, and run this again")]
    Migration(#[source] axis_local_postgres::Error),
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
    database: TemporaryDatabase,
    // Dropped after the database, which lives in it.
    _cluster: Cluster,
}

impl MigratedDatabase {
    /// Makes one on the project's private server.
    pub(crate) fn new(root: &Path, migrations: &Path) -> Result<Self, DatabaseError> {
        let folder = root.join(migrations);
        let migrations = match folder.is_dir() {
            true => Migrations::in_folder(&folder).map_err(DatabaseError::Migration)?,
            false => return Err(DatabaseError::NoMigration { folder }),
        };
        if migrations
            .list()
            .map_err(DatabaseError::Migration)?
            .is_empty()
        {
            return Err(DatabaseError::NoMigration { folder });
        }
        let project = Project::at(root).map_err(DatabaseError::Server)?;
        let cluster = Cluster::ephemeral(&project).map_err(DatabaseError::Server)?;
        let database = cluster
            .server()
            .temporary_database()
            .map_err(DatabaseError::Server)?;
        migrations
            .apply_all(&database.url())
            .map_err(DatabaseError::Migration)?;
        Ok(Self {
            database,
            _cluster: cluster,
        })
    }

    /// Reads its catalog.
    pub(crate) async fn catalog(&self) -> Result<Catalog, DatabaseError> {
        catalog_of(&self.database.url()).await
    }
}

/// Reads the catalog of the database that a URL leads to.
pub(crate) async fn catalog_of(url: &str) -> Result<Catalog, DatabaseError> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .map_err(DatabaseError::Connect)?;
    let driver = tokio::spawn(connection);
    let catalog = catalog::read(&client).await;
    drop(client);
    // A connection that broke has failed the queries too.
    let _ = driver.await;
    Ok(catalog?)
}
