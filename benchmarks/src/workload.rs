//! What is measured.

use clap::ValueEnum;
use serde::Serialize;

/// What each client does over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Workload {
    /// A user by id.
    PointSelect,
    /// A new user, whose row comes back.
    Insert,
    /// A new name for a user.
    Update,
    /// UPDATE, SELECT, UPDATE of one user, in a transaction.
    TransactionWriteFirst,
    /// SELECT, UPDATE, SELECT of one user, in a transaction.
    TransactionReadFirst,
}

impl Workload {
    /// The name in the table of results.
    pub fn title(self) -> &'static str {
        match self {
            Self::PointSelect => "point select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::TransactionWriteFirst => "transaction of three, write first",
            Self::TransactionReadFirst => "transaction of three, SELECT first",
        }
    }

    /// What AXIS must reach of the reference's throughput.
    pub fn bound(self) -> f64 {
        match self {
            Self::PointSelect | Self::Insert | Self::Update | Self::TransactionWriteFirst => 0.90,
            Self::TransactionReadFirst => 0.95,
        }
    }
}
