//! What is measured.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// What each client does over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Workload {
    /// A user by id.
    ById,
    /// A user by address, whatever its case.
    ByEmail,
    /// The newest 50 users, and the number of all.
    Page,
    /// The newest 50 users by cursor.
    CursorFirst,
    /// 50 users behind the millionth, or near the end of a shorter list.
    CursorFar,
    /// A new user, whose row comes back.
    Insert,
    /// A new name for a user, whose row comes back.
    Update,
    /// A user is marked as deleted, and its row comes back.
    Delete,
    /// UPDATE, SELECT, UPDATE of one user, in a transaction.
    WriteFirst,
    /// SELECT, UPDATE, SELECT of one user, in a transaction.
    ReadFirst,
    /// A post with its author.
    Post,
    /// 10,000 users in one transaction.
    #[value(name = "bulk-10k")]
    #[serde(rename = "bulk_10k")]
    Bulk10k,
    /// 1,000,000 users in one transaction.
    #[value(name = "bulk-1m")]
    #[serde(rename = "bulk_1m")]
    Bulk1m,
    /// GET /api/users/{id}
    HttpGet,
    /// POST /api/users
    HttpPost,
    /// GET /api/users, 50 by cursor.
    HttpList,
    /// Reads and writes as a service has them: no cell of the table, but the long run's.
    #[value(skip)]
    Mixed,
}

/// Where and how a workload runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By a peer's clients, in the database of so many rows.
    Queries,
    /// By a peer's HTTP service, in the same database.
    Http,
    /// One operation of so many rows, into an empty table.
    Bulk(usize),
}

impl Workload {
    /// Those of the table, in its order.
    pub fn of_table() -> &'static [Self] {
        Self::value_variants()
    }

    pub fn kind(self) -> Kind {
        match self {
            Self::HttpGet | Self::HttpPost | Self::HttpList => Kind::Http,
            Self::Bulk10k => Kind::Bulk(10_000),
            Self::Bulk1m => Kind::Bulk(1_000_000),
            _ => Kind::Queries,
        }
    }

    /// How many times as long as others it is measured: an operation takes half a second where the rows are a million.
    pub fn length(self) -> u64 {
        match self {
            Self::Page => 4,
            _ => 1,
        }
    }

    /// The name in the table of results.
    pub fn title(self) -> &'static str {
        match self {
            Self::ById => "by id",
            Self::ByEmail => "by e-mail",
            Self::Page => "page of 50, with the count",
            Self::CursorFirst => "50 by cursor, newest",
            Self::CursorFar => "50 by cursor, far behind",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::WriteFirst => "transaction, UPDATE first",
            Self::ReadFirst => "transaction, SELECT first",
            Self::Post => "post with its author",
            Self::Bulk10k => "bulk of 10,000",
            Self::Bulk1m => "bulk of 1,000,000",
            Self::HttpGet => "HTTP GET",
            Self::HttpPost => "HTTP POST",
            Self::HttpList => "HTTP list of 50",
            Self::Mixed => "mixed",
        }
    }

    /// What AXIS must reach of the reference's throughput.
    pub fn bound(self) -> f64 {
        match self {
            Self::WriteFirst | Self::ReadFirst => 1.0,
            _ => 0.95,
        }
    }
}
