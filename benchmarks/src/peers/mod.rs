//! The peers, each in a file of its own.

mod axis;
mod diesel_async;
#[cfg(feature = "diesel-blocking")]
mod diesel_blocking;
mod diesel_queries;
mod reference;
#[cfg(feature = "sea-orm")]
mod sea_orm;
mod sql;
#[cfg(feature = "sqlx")]
mod sqlx;

use std::path::{Path, PathBuf};

use axis_testkit::PgBouncer;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::child::{ChildArguments, answer_all};
use crate::peer::Failure;

/// All peers. The first is the one that the others are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum PeerName {
    Reference,
    Axis,
    /// In transaction mode.
    AxisPgbouncer,
    Sqlx,
    SeaOrm,
    DieselAsync,
    DieselBlocking,
    /// With node-postgres and drizzle-zod; fastify for HTTP.
    Drizzle,
}

impl PeerName {
    /// The name in the tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::Reference => "tokio-postgres + deadpool",
            Self::Axis => "AXIS",
            Self::AxisPgbouncer => "AXIS by PgBouncer",
            Self::Sqlx => "sqlx",
            Self::SeaOrm => "SeaORM",
            Self::DieselAsync => "diesel-async",
            Self::DieselBlocking => "Diesel, r2d2",
            Self::Drizzle => "Drizzle",
        }
    }

    /// Why it cannot take part here, if so.
    pub fn missing(self) -> Option<String> {
        let feature = |name: &str, is_there: bool| {
            (!is_there).then(|| format!("build with --features {name} (or all-peers)"))
        };
        match self {
            Self::Reference | Self::Axis | Self::DieselAsync => None,
            Self::AxisPgbouncer => PgBouncer::installed()
                .is_none()
                .then(|| "there is no PgBouncer: on Debian, apt-get install pgbouncer".to_owned()),
            Self::Sqlx => feature("sqlx", cfg!(feature = "sqlx")),
            Self::SeaOrm => feature("sea-orm", cfg!(feature = "sea-orm")),
            Self::DieselBlocking => feature("diesel-blocking", cfg!(feature = "diesel-blocking")),
            Self::Drizzle => {
                let is_there = which::which("node").is_ok() && drizzle("node_modules").is_dir();
                let how = "with Node 20 or later, run `npm ci` in benchmarks/drizzle";
                (!is_there).then(|| how.to_owned())
            }
        }
    }

    /// The command of its process.
    pub fn command(self) -> Result<Command, Failure> {
        Ok(match self {
            Self::Drizzle => {
                let mut command = Command::new("node");
                command.arg(drizzle("main.js"));
                // As it runs in production.
                command.env("NODE_ENV", "production");
                command
            }
            _ => {
                let mut command = Command::new(std::env::current_exe()?);
                let name = self.to_possible_value().ok_or("a peer without a name")?;
                command.args(["peer", name.get_name()]);
                command
            }
        })
    }

    /// Is its process.
    pub async fn answer_all(self, arguments: &ChildArguments) -> Result<(), Failure> {
        let ChildArguments {
            url,
            connections,
            sample,
        } = arguments;
        let size = usize::try_from(*connections)?;
        match self {
            Self::Reference => answer_all(reference::Reference::new(url, size)?, sample).await,
            Self::Axis | Self::AxisPgbouncer => {
                answer_all(axis::Axis::new(url, size)?, sample).await
            }
            Self::DieselAsync => {
                answer_all(diesel_async::DieselAsync::new(url, *connections)?, sample).await
            }
            #[cfg(feature = "sqlx")]
            Self::Sqlx => answer_all(sqlx::Sqlx::new(url, *connections)?, sample).await,
            #[cfg(feature = "sea-orm")]
            Self::SeaOrm => {
                answer_all(sea_orm::SeaOrm::new(url, *connections).await?, sample).await
            }
            #[cfg(feature = "diesel-blocking")]
            Self::DieselBlocking => {
                let peer = diesel_blocking::DieselBlocking::new(url, *connections)?;
                answer_all(peer, sample).await
            }
            #[allow(
                unreachable_patterns,
                reason = "which ones are left depends on the features"
            )]
            _ => Err("this peer is no part of this build".into()),
        }
    }
}

/// A file of the peer that is no Rust.
fn drizzle(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("drizzle")
        .join(name)
}
