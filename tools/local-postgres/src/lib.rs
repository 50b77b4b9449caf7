//! Private PostgreSQL clusters and template databases.
//!
//! A cluster is started by whoever needs it first, shared by all that need it at the same time, and
//! stopped when the last of them has ended, however it ended. This crate knows no layer of AXIS; the
//! tool `axis` and the testkit stand on it.
//!
//! # A throw-away database
//!
//! ```no_run
//! use axis_local_postgres::{Cluster, Migrations, Project};
//!
//! let cluster = Cluster::ephemeral(&Project::at(".")?)?;
//! let database = cluster.server().temporary_database()?;
//! Migrations::in_folder("migrations")?.apply_all(&database.url())?;
//! // .. read what the database is by database.url() ..
//! drop(database);
//! # Ok::<(), axis_local_postgres::Error>(())
//! ```
//!
//! # A database to work with
//!
//! ```no_run
//! use axis_local_postgres::{Cluster, Project, migrate};
//!
//! let cluster = Cluster::persistent(&Project::at(".")?)?;
//! let is_new = cluster.server().ensure_database("app")?;
//! let applied = migrate(&cluster.server().url("app"), "migrations")?;
//! // The server runs as long as `cluster` lives, here or in another process.
//! # Ok::<(), axis_local_postgres::Error>(())
//! ```
//!
//! All functions are synchronous and may be called in and out of any runtime, in `Drop` too: they do
//! their work on a thread of their own, and block the caller's. From asynchronous code, call what may
//! take long (starting a cluster: some 0.3 s, the first one 1 s; migrations) by `spawn_blocking`.
//!
//! # Where things are
//!
//! | | ephemeral | persistent |
//! |---|---|---|
//! | invoker's side | `target/local-postgres/` | `.axis/` |
//! | server's side | `target/local-postgres/server/` | `.axis/postgres/` |
//! | where that cannot be used | `<state>/axis/<hash>/postgres/` | the same |
//! | what stays when it stops | `server/cache/` (initdb's result, copied each time) | all |
//!
//! The target folder follows `CARGO_TARGET_DIR`. `<state>` is `/var/lib` for root, and for others
//! `$XDG_STATE_HOME` or `~/.local/state`; a file `project` there says whose data they are, and the
//! invoker's file `cluster` says where they are. The server's side cannot be used where the server's
//! user cannot reach it (root's home) or where the file system knows neither owners nor FIFOs.
//!
//! In the invoker's folder: `lock` (held while a cluster is joined or started) and `cluster` (mode
//! 0600: the folder, the socket's folder, the port, the superuser's password). In a cluster's folder:
//! `data`, `socket/` or `socket-folder` (the name of a folder in /tmp, where the path would be longer
//! than a socket's may be), `server.log`, `supervisor.sh`, `supervisor.log`, `supervisor.lock`,
//! `lease.fifo`, `leases/`, `server-ended`.
//!
//! # Which file does what
//!
//! | | |
//! |---|---|
//! | `installation`, `package_manager` | finding PostgreSQL, and the command that installs it |
//! | `server_user` | whom the server runs as; commands of that user |
//! | `place`, `record` | the table above; the file `cluster` |
//! | `cluster`, `initdb`, `start` | joining, making and starting a cluster |
//! | `lease`, `supervisor.sh`, `sweep` | how a server ends with its last user, and what is done where that failed |
//! | `server`, `template`, `temporary` | databases on a server |
//! | `given` | a server that is not ours |
//! | `migrations` | Diesel migrations from a folder |
//! | `blocking` | from synchronous code to the asynchronous client |
#![deny(missing_docs)]

#[cfg(not(unix))]
compile_error!(
    "axis-local-postgres runs PostgreSQL by Unix means (users, FIFOs, a shell). On Windows, use WSL."
);

mod blocking;
mod cluster;
mod error;
mod given;
mod initdb;
mod installation;
mod lease;
mod migrations;
mod package_manager;
mod place;
mod record;
mod server;
mod server_user;
mod start;
mod sweep;
mod template;
mod temporary;

pub use cluster::Cluster;
pub use error::Error;
pub use given::GivenServer;
pub use installation::{BIN_VARIABLE, Installation, NotFound, OLDEST_MAJOR, Version};
pub use migrations::{Migrations, migrate};
pub use package_manager::InstallCommand;
pub use place::Project;
pub use server::Server;
pub use server_user::ServerUser;
pub use template::Template;
pub use temporary::TemporaryDatabase;
