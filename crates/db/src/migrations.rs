//! Which migrations a database has, and which this build was made with. Nothing here applies one.

mod applied;
#[cfg(feature = "schema")]
mod embedded;

pub use applied::applied_migrations;
#[cfg(feature = "schema")]
pub use embedded::{
    EmbeddedMigration, embedded_migrations, pending_migrations, unknown_migrations,
};
