//! The throw-away database: where its schema comes from, and what is set aside in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use axis_local_postgres::{Cluster, Installation, Project, TemporaryDatabase};
use tokio_postgres::Client;
use url::Url;

use super::script::{self, Psql, Statement};
use crate::generate::TargetLocale;
use crate::generate::catalog::{self, Catalog};

/// Where a schema comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// Migrations of the project, in a folder.
    Migrations(PathBuf),
    /// A file of SQL.
    File(PathBuf),
    /// A database, which is only read.
    Database(String),
}

/// Why there is no throw-away database.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// There is no server, or no database on it.
    #[error("there is no throw-away database to put the schema into")]
    Server(#[source] axis_local_postgres::Error),
    /// The migrations cannot be applied.
    #[error("the migrations cannot be applied to the throw-away database")]
    Migrations(#[source] axis_local_postgres::Error),
    /// The file cannot be read.
    #[error("cannot read the schema file {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A statement of the schema failed.
    #[error("the schema cannot be loaded: line {line} of {place} (`{text}`){hint}")]
    Statement {
        /// What is loaded.
        place: String,
        /// The line that the statement begins on.
        line: usize,
        /// How the statement begins.
        text: String,
        /// What may help.
        hint: String,
        /// What PostgreSQL says.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The script holds rows.
    #[error(
        "line {line} of {place} holds rows of a table, and axis prove needs the schema alone: make the file by pg_dump --schema-only"
    )]
    Rows {
        /// What is loaded.
        place: String,
        /// The line.
        line: usize,
    },
    /// The script is for psql, and no server can do what it says.
    #[error(
        "line {line} of {place} is a command of psql's (`{text}`): write the schema without it, by pg_dump --schema-only from \
         a database that has it"
    )]
    Psql {
        /// What is loaded.
        place: String,
        /// The line.
        line: usize,
        /// The command.
        text: String,
    },
    /// The script makes more than one database.
    #[error(
        "line {line} of {place} goes on in another database (`{text}`), and axis prove needs the schema of one: make the file by \
         pg_dump --schema-only of that one"
    )]
    SeveralDatabases {
        /// What is loaded.
        place: String,
        /// The line.
        line: usize,
        /// The command.
        text: String,
    },
    /// The file is no SQL.
    #[error(
        "{} is an archive of pg_dump, and axis prove needs SQL: pg_restore --schema-only --file=schema.sql {} makes it",
        path.display(),
        path.display()
    )]
    Archive {
        /// The file.
        path: PathBuf,
    },
    /// The script makes nothing.
    #[error("{place} holds no statement")]
    Empty {
        /// What was loaded.
        place: String,
    },
    /// `--database-url` is no URL.
    #[error(
        "--database-url is no URL of a PostgreSQL database: postgres://user:password@host/database is one"
    )]
    Url(#[source] Option<url::ParseError>),
    /// pg_dump is not there.
    #[error("cannot run {}: it belongs to PostgreSQL's client programs (Debian: postgresql-client)", program.display())]
    NoDump {
        /// The program.
        program: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// pg_dump failed.
    #[error("the schema of the given database cannot be read by pg_dump{hint}\n{message}")]
    Dump {
        /// What may help.
        hint: &'static str,
        /// What pg_dump said.
        message: String,
    },
    /// The throw-away database failed.
    #[error("the throw-away database failed while {doing}")]
    Query {
        /// What was done.
        doing: &'static str,
        /// What PostgreSQL says.
        #[source]
        source: tokio_postgres::Error,
    },
    /// Its catalog could not be read.
    #[error(transparent)]
    Read(#[from] catalog::ReadError),
}

/// How an archive of pg_dump begins.
const ARCHIVE: &[u8] = b"PGDMP";

/// A database with the schema. It goes away with this value.
pub(crate) struct Throwaway {
    database: TemporaryDatabase,
    // Dropped after the database, which lives in it.
    _cluster: Cluster,
}

impl Throwaway {
    /// Makes one on the private server of the project in a folder, whose files are in another.
    pub(crate) async fn new(
        source: &Source,
        root: &Path,
        target: Option<&Path>,
    ) -> Result<Self, SourceError> {
        let mut project = Project::at(root).map_err(SourceError::Server)?;
        if let Some(target) = target {
            project = project.with_target(target);
        }
        let cluster = Cluster::ephemeral(&project).map_err(SourceError::Server)?;
        let database = cluster
            .server()
            .temporary_database()
            .map_err(SourceError::Server)?;
        let made = Self {
            database,
            _cluster: cluster,
        };
        match source {
            Source::Migrations(folder) => {
                axis_local_postgres::migrate(&made.database.url(), folder)
                    .map_err(SourceError::Migrations)?;
            }
            Source::File(path) => {
                let script = std::fs::read(path).map_err(|source| SourceError::File {
                    path: path.clone(),
                    source,
                })?;
                if script.starts_with(ARCHIVE) {
                    return Err(SourceError::Archive { path: path.clone() });
                }
                let script = String::from_utf8_lossy(&script);
                made.load(&script, &path.display().to_string()).await?;
            }
            Source::Database(url) => {
                let script = dump(url)?;
                made.load(&script, "what pg_dump wrote").await?;
            }
        }
        Ok(made)
    }

    /// A connection to it.
    pub(crate) async fn connect(&self) -> Result<Client, SourceError> {
        let (client, connection) =
            tokio_postgres::connect(&self.database.url(), tokio_postgres::NoTls)
                .await
                .map_err(failed("connecting"))?;
        // Ends with the client. A connection that breaks fails the queries too.
        tokio::spawn(connection);
        Ok(client)
    }

    /// Reads its catalog. Without a target's locale, the rules are those of its own.
    pub(crate) async fn catalog(
        &self,
        locale: Option<&TargetLocale>,
    ) -> Result<Catalog, SourceError> {
        let client = self.connect().await?;
        let own = match locale {
            Some(locale) => Some(locale.clone()),
            None => TargetLocale::of(&client)
                .await
                .map_err(failed("asking for its locale"))?,
        };
        Ok(catalog::read(&client, &self.database.url(), own.as_ref()).await?)
    }

    /// The server's major version.
    pub(crate) async fn major_version(&self) -> Result<u32, SourceError> {
        let query = "SELECT current_setting('server_version_num')::int4 / 10000";
        let client = self.connect().await?;
        let row = client
            .query_one(query, &[])
            .await
            .map_err(failed("asking for its version"))?;
        let major: i32 = row.try_get(0).map_err(failed("asking for its version"))?;
        Ok(major.unsigned_abs())
    }

    /// Drops the CHECKs of tables and domains.
    pub(crate) async fn drop_checks(&self) -> Result<(), SourceError> {
        let client = self.connect().await?;
        client
            .batch_execute(include_str!("sql/drop_checks.sql"))
            .await
            .map_err(failed("dropping its CHECKs"))
    }

    /// Sets aside what is no rule of a single row: keys, indexes, triggers, exclusions, and the partitions of a table, for
    /// which one takes all rows.
    pub(crate) async fn set_aside(&self) -> Result<(), SourceError> {
        let client = self.connect().await?;
        client
            .batch_execute(include_str!("sql/set_aside.sql"))
            .await
            .map_err(failed("setting aside keys, indexes and triggers"))
    }

    async fn load(&self, script: &str, place: &str) -> Result<(), SourceError> {
        let client = self.connect().await?;
        let mut is_begun = false;
        for statement in script::statements(script) {
            if is_passed_over(&statement, place, is_begun)? {
                continue;
            }
            is_begun |= !statement.is_setting();
            match client.batch_execute(statement.text).await {
                Err(_) if statement.is_setting() => {}
                Err(source) => return Err(refused(&statement, place, source)),
                Ok(()) => {}
            }
        }
        match is_begun {
            true => Ok(()),
            false => Err(SourceError::Empty {
                place: place.to_owned(),
            }),
        }
    }
}

/// Whether the schema is the same without a part of the script. An error says that it may not be, and no server can take it.
/// `is_begun` says that something of the schema is there already.
fn is_passed_over(
    statement: &Statement<'_>,
    place: &str,
    is_begun: bool,
) -> Result<bool, SourceError> {
    let (place, line, text) = (place.to_owned(), statement.line, statement.text.to_owned());
    match statement.psql() {
        Some(Psql::Tells) => Ok(true),
        Some(Psql::Connects) if !is_begun => Ok(true),
        Some(Psql::Connects) => Err(SourceError::SeveralDatabases { place, line, text }),
        Some(Psql::Acts) => Err(SourceError::Psql { place, line, text }),
        None if statement.is_copy() => Err(SourceError::Rows { place, line }),
        None => Ok(statement.is_left_out()),
    }
}

fn refused(statement: &Statement<'_>, place: &str, source: tokio_postgres::Error) -> SourceError {
    let first = statement.text.lines().next().unwrap_or_default();
    let hint = match statement
        .text
        .to_lowercase()
        .starts_with("create extension")
    {
        true => {
            ".\nThe throw-away server lacks this extension: install it (Debian: postgresql-contrib or the package of the extension)"
        }
        false => "",
    };
    SourceError::Statement {
        place: place.to_owned(),
        line: statement.line,
        text: first.to_owned(),
        hint: hint.to_owned(),
        source,
    }
}

fn failed(doing: &'static str) -> impl FnOnce(tokio_postgres::Error) -> SourceError {
    move |source| SourceError::Query { doing, source }
}

/// The schema of a database as SQL. Only its catalogs are read.
fn dump(url: &str) -> Result<String, SourceError> {
    let mut url = Url::parse(url).map_err(|error| SourceError::Url(Some(error)))?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(SourceError::Url(None));
    }
    // The list of processes shows arguments to everybody.
    let password = url.password().map(percent_encoding);
    let _ = url.set_password(None);
    let program = match Installation::find() {
        Ok(installation) if installation.program("pg_dump").is_file() => {
            installation.program("pg_dump")
        }
        _ => PathBuf::from("pg_dump"),
    };
    let mut command = Command::new(&program);
    command.args(["--schema-only", "--no-owner", "--no-privileges"]);
    command.args([
        "--no-publications",
        "--no-subscriptions",
        "--no-security-labels",
        "--no-tablespaces",
        // Nobody sees its question.
        "--no-password",
    ]);
    command.arg(format!("--dbname={url}"));
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    // What listens there may be no PostgreSQL, and then it waits for ever.
    if std::env::var_os("PGCONNECT_TIMEOUT").is_none() {
        command.env("PGCONNECT_TIMEOUT", "10");
    }
    let output = command
        .output()
        .map_err(|source| SourceError::NoDump { program, source })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let message = String::from_utf8_lossy(&output.stderr)
        .trim_end()
        .to_owned();
    let hint = if message.contains("server version mismatch") {
        ": its server is newer than the PostgreSQL of this machine. Install one that is as new, and point AXIS_POSTGRES_BIN to its programs"
    } else if message.contains("permission denied") {
        ": the role lacks rights. It needs USAGE on each schema and SELECT on each table (the role pg_read_all_data has both); no row is read"
    } else {
        ""
    };
    Err(SourceError::Dump { hint, message })
}

/// The text that percent-encoding stands for.
fn percent_encoding(text: &str) -> String {
    // A query pair is decoded by the library that encoded the URL; `+` is no space in a password.
    let pair = format!("p={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map_or_else(|| text.to_owned(), |(_, value)| value.into_owned())
}
