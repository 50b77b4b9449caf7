//! A database for each test, on a real PostgreSQL, with nothing to set up.
//!
//! ```no_run
//! # async fn example() {
//! let database = axis_testkit::TestDatabase::migrated().await;
//! let connected = tokio_postgres::connect(database.url(), tokio_postgres::NoTls).await;
//! # }
//! ```
//!
//! **Where the databases are.** On the ephemeral cluster of the project, which the first test
//! process starts, all share, and which stops by itself some seconds after the last one has ended
//! (see `axis_local_postgres`). Where `AXIS_TEST_DATABASE_URL` is set, on the server that it leads
//! to: its role needs CREATEDB, and what is made there is dropped again.
//!
//! **Which migrations.** Those in `migrations/` of the nearest folder at or above the working
//! directory that has such a folder. They are applied once to a template, which each database is a
//! copy of.
//!
//! Only ever a dev-dependency: what goes wrong here panics.
#![deny(missing_docs)]

mod backend;
mod database;
mod statement;

pub use database::TestDatabase;
