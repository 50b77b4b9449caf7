//! Private PostgreSQL clusters and template databases.
#![deny(missing_docs)]

mod blocking;
mod cluster;
mod error;
mod initdb;
mod installation;
mod lease;
mod migrations;
mod place;
mod record;
mod server;
mod server_user;
mod sweep;
mod template;

pub use cluster::Cluster;
pub use error::Error;
pub use installation::{Installation, NotFound, OLDEST_MAJOR, Version};
pub use migrations::{Migrations, migrate};
pub use place::Project;
pub use server::Server;
pub use template::Template;
