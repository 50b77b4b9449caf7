//! A database for each test, on a real PostgreSQL, with nothing to set up.
//!
//! ```no_run
//! # async fn example() {
//! let database = axis_testkit::TestDatabase::migrated().await;
//! let connected = tokio_postgres::connect(database.direct_url(), tokio_postgres::NoTls).await;
//! # }
//! ```
//!
//! **Where the databases are.** On the ephemeral cluster of the project, which the first test
//! process starts, all share, and which stops by itself some seconds after the last one has ended
//! (see `axis_local_postgres`). Where `AXIS_TEST_DATABASE_URL` is set, on the server that it leads
//! to: its role needs CREATEDB, and what is made there is dropped again.
//!
//! **How the code under test gets there.** By the [`Route`] that `AXIS_TEST_DATABASE` names: straight,
//! through PgBouncer, or by TLS. [`TestDatabase::variables`] is the environment that an operator
//! would set for it; [`TestDatabase::direct_url`] is for those who look on.
//!
//! **Which migrations.** Those in `migrations/` of the nearest folder at or above the working
//! directory that has such a folder. They are applied once to a template, which each database is a
//! copy of.
//!
//! # Faults
//!
//! What production does to a database, on demand: a [`FaultProxy`] in front of a server cuts, delays, halves, resets and
//! swallows; a [`PrivateServer`] is a server of a test's own that may be killed, stopped and started otherwise;
//! [`PgBouncer`] stands before one in transaction mode; an [`Authority`] signs certificates, good and bad; a [`SmallDisk`] is
//! soon full. What this machine cannot do is said aloud and counted by [`skip`], never passed over.
//!
//! Only ever a dev-dependency: what goes wrong here panics.
#![deny(missing_docs)]

mod backend;
mod database;
mod keeper;
mod locale;
mod pgbouncer;
mod port;
mod private_server;
mod proxy;
mod route;
mod skip;
mod small_disk;
mod statement;
mod tls;

pub use database::TestDatabase;
pub use locale::MessageLocale;
pub use pgbouncer::{PgBouncer, PgBouncerSettings};
pub use private_server::{PrivateServer, ServerSettings};
pub use proxy::{Damage, FaultProxy, Passing, ProxyCounts};
pub use route::{Route, leave_out_on, repetitions};
pub use skip::{skip, skipped};
pub use small_disk::SmallDisk;
pub use statement::Session;
pub use tls::{Authority, ServerCertificate};
