//! The peers, each in a file of its own.

mod axis;
mod reference;

use clap::ValueEnum;
use serde::Serialize;

use crate::drive::{Driven, Driver};
use crate::peer::Failure;

/// All peers. The first is the one that the others are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum PeerName {
    Reference,
    Axis,
}

impl PeerName {
    /// The name in the table of results.
    pub fn title(self) -> &'static str {
        match self {
            Self::Reference => "tokio-postgres + deadpool",
            Self::Axis => "AXIS",
        }
    }

    /// A pool of `connections` to the database at `url`.
    pub fn connect(self, url: &str, connections: u32) -> Result<Box<dyn Driven>, Failure> {
        Ok(match self {
            Self::Reference => Driver::boxed(self, reference::Reference::new(url, connections)?),
            Self::Axis => Driver::boxed(self, axis::Axis::new(url, connections)?),
        })
    }
}
