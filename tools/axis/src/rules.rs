//! The rules of a database's tables, and its migrations, as [`axis_db`] reads them: for fingerprints, and for
//! `axis check drift`.

use std::sync::Arc;
use std::time::Duration;

use axis_db::{
    CatalogTable, ConfigError, Connection, Database, DatabaseConfig, DbError, Observer,
    applied_migrations, catalog_of_all_tables,
};

/// How long the catalogs may take to answer. A thousand tables take a second on a machine that does nothing else, and took more
/// than 15 on one that had ten times its work.
const LIMIT: Duration = Duration::from_secs(120);

/// The variables of `axis-db`, for one look at one database.
const VARIABLES: [(&str, &str); 3] = [
    ("DATABASE_POOL_MAX", "1"),
    ("DATABASE_CONNECT_TIMEOUT", "5s"),
    ("DATABASE_ACQUIRE_TIMEOUT", "6s"),
];

/// Why the rules of a database are not known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RulesError {
    /// The URL cannot be used.
    #[error("the URL of the database cannot be used: it is DATABASE_URL here")]
    Url(#[from] ConfigError),
    /// The database does not answer, or not in time.
    #[error(
        "the catalogs of the database cannot be read: check the URL, that the server runs, and that the role may connect \
         (GRANT CONNECT); it needs no other right"
    )]
    Database(#[from] DbError),
}

/// What a database has, and on which server.
#[derive(Debug)]
pub(crate) struct Rules {
    /// Its tables, views and foreign tables, by schema and name.
    pub(crate) tables: Vec<CatalogTable>,
    /// The server's version as it tells it: `15.14 (Debian ..)`.
    pub(crate) server_version: String,
    /// The versions of the migrations that were applied to it. None where none was ever noted, or the role may not read them.
    pub(crate) migrations: Option<Vec<String>>,
}

impl Rules {
    /// The server's major version, as text.
    pub(crate) fn major_version(&self) -> &str {
        let digits = self
            .server_version
            .find(|character: char| !character.is_ascii_digit());
        self.server_version
            .get(..digits.unwrap_or(self.server_version.len()))
            .unwrap_or_default()
    }
}

struct Unobserved;

impl Observer for Unobserved {}

/// Reads the catalogs of a database and the list of its migrations, in a transaction that can write nothing.
pub(crate) async fn read(url: &str) -> Result<Rules, RulesError> {
    let config = DatabaseConfig::from_variables(|name| match name {
        "DATABASE_URL" => Some(url.to_owned()),
        name => {
            let found = VARIABLES.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    })?;
    let database = Database::new(config, Arc::new(Unobserved))?;
    let transaction = database
        .transaction()
        .named("rules")
        .read_only()
        .repeatable_read()
        .statement_timeout(LIMIT);
    let rules = transaction
        .run(async |connection: &mut Connection| {
            // Which migrations there are is no catalog's business: the role may lack the right to read it.
            let migrations = connection.savepoint(applied_migrations).await;
            Ok::<_, DbError>(Rules {
                migrations: migrations.ok().flatten(),
                tables: catalog_of_all_tables(connection).await?,
                server_version: connection.server_version().to_owned(),
            })
        })
        .await?;
    database.close(Duration::from_secs(1)).await;
    Ok(rules)
}
