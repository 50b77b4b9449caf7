//! Private PostgreSQL clusters and template databases.
#![deny(missing_docs)]

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
pub use installation::{Installation, NotFound, OLDEST_MAJOR, Version};
pub use migrations::{Migrations, migrate};
pub use package_manager::InstallCommand;
pub use place::Project;
pub use server::Server;
pub use server_user::ServerUser;
pub use template::Template;
pub use temporary::TemporaryDatabase;
