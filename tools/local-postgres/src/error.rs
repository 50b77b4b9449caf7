use std::io;
use std::path::PathBuf;

/// What can go wrong with a local PostgreSQL. No message holds a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no PostgreSQL that can be used.
    #[error(transparent)]
    NotFound(#[from] crate::installation::NotFound),

    /// A file or folder could not be read or written.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },

    /// A program could not be started.
    #[error("cannot start {program}{as_user}")]
    Spawn {
        /// The program.
        program: String,
        /// ` as the user <name>`, or nothing.
        as_user: String,
        /// Why it failed.
        #[source]
        source: io::Error,
    },

    /// A program ended with an error.
    #[error("{program} failed ({status}){as_user}:\n{output}")]
    Program {
        /// The program.
        program: String,
        /// ` as the user <name>`, or nothing.
        as_user: String,
        /// Its exit status.
        status: std::process::ExitStatus,
        /// What it wrote to standard error, or to standard output where that is empty.
        output: String,
    },

    /// PostgreSQL refuses to run as root, and neither of the users `postgres` and `nobody` exists.
    #[error(
        "PostgreSQL refuses to run as root, and this system has neither a user postgres nor a user \
         nobody to run it as: add one (useradd --system postgres), or work as an ordinary user"
    )]
    NoServerUser,

    /// An ordinary user without a home has no place for data.
    #[error(
        "no folder for PostgreSQL's data: {} cannot be used, and neither XDG_STATE_HOME nor HOME is \
         set: set one of them",
        project.display()
    )]
    NoStateFolder {
        /// The folder that was tried first.
        project: PathBuf,
    },

    /// The server did not come up.
    #[error("PostgreSQL did not start in {}: {reason}\n{log}", folder.display())]
    Start {
        /// The folder of the cluster.
        folder: PathBuf,
        /// What was seen from outside.
        reason: String,
        /// The end of the server's log.
        log: String,
    },

    /// The data of a persistent cluster needs another major version than any that is installed.
    #[error(
        "the data in {} belong to PostgreSQL {needed}, which is not installed: install it, or \
         remove that folder to start with empty data",
        folder.display()
    )]
    DataVersion {
        /// The folder of the data.
        folder: PathBuf,
        /// The major version that wrote the data.
        needed: String,
    },

    /// The server could not be reached, or refused a statement.
    #[error("PostgreSQL cannot {action}")]
    Server {
        /// What was tried.
        action: String,
        /// Why it failed.
        #[source]
        source: tokio_postgres::Error,
    },

    /// A given server is too old.
    #[error(
        "the server of {what} is PostgreSQL {major}; AXIS needs {} or newer",
        crate::OLDEST_MAJOR
    )]
    ServerVersion {
        /// Where its URL came from.
        what: String,
        /// Its major version.
        major: u32,
    },

    /// The persistent cluster still has a supervisor that does not take leases.
    #[error(
        "the server in {} has been stopping for {seconds} s: see supervisor.log there",
        folder.display()
    )]
    StillStopping {
        /// The folder of the cluster.
        folder: PathBuf,
        /// How long it was waited for.
        seconds: u64,
    },

    /// A URL of a server is not one of PostgreSQL. The URL itself is not repeated, as it may hold a
    /// password.
    #[error(
        "{what} is not a URL of a PostgreSQL server, such as \
         postgres://user@127.0.0.1:5432/postgres: {why}"
    )]
    Url {
        /// Where the URL came from.
        what: String,
        /// What is wrong with it.
        why: String,
    },

    /// A migration, or the folder of migrations, is at fault.
    #[error("{action} failed in {}", folder.display())]
    Migration {
        /// What was being done, with the migration's name.
        action: String,
        /// The folder of migrations.
        folder: PathBuf,
        /// Why it failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// 127.0.0.1 has no free port.
    #[error("no free port on 127.0.0.1")]
    Port(#[source] io::Error),

    /// The thread or runtime that speaks to the server could not be made.
    #[error("cannot start a thread to speak to PostgreSQL")]
    Thread(#[source] io::Error),
}

/// Shortens `map_err` for operations on files.
pub(crate) fn file_error(
    action: &'static str,
    path: impl Into<PathBuf>,
) -> impl FnOnce(io::Error) -> Error {
    let path = path.into();
    move |source| Error::File {
        action,
        path,
        source,
    }
}
