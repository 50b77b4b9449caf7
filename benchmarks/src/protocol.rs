//! What the measuring process and a peer's process say to each other: a line of JSON each way, over standard input and output.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::rows::Position;
use crate::workload::Workload;

/// What a peer is asked to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Task {
    /// Runs a workload for a while.
    Run(Load),
    /// Makes rows for a bulk, uncounted.
    Prepare { rows: usize, prefix: String },
    /// Adds the rows that were made.
    Bulk,
    /// Does one operation and shows what it gave.
    Show(Workload, Given),
    /// Answers HTTP from now on.
    Serve,
}

/// What it answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    Done,
    Ran(Ran),
    Shown(Value),
    /// Host and port.
    Serving(String),
    Failed(String),
}

/// How much work, and how long.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Load {
    pub workload: Workload,
    pub clients: usize,
    /// Operations in a second, begun when they are due whatever became of those before. None: each client begins its next
    /// operation when its last has ended.
    pub per_second: Option<f64>,
    pub warm_up_milliseconds: u64,
    pub milliseconds: u64,
    /// A file of ids, each for one operation: of rows that it takes away.
    pub victims: Option<PathBuf>,
    /// Failures are counted instead of ending the run.
    pub tolerant: bool,
}

/// What came of it. Latencies are in microseconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ran {
    pub operations: u64,
    pub failures: u64,
    pub p50: u64,
    pub p95: u64,
    pub p99: u64,
    pub max: u64,
}

/// What an operation works on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Given {
    /// A user's id; a post's where a post is asked for.
    pub id: Uuid,
    /// A user's address; a new one where a user is added.
    pub email: String,
    /// Names that no row has.
    pub names: [String; 2],
    /// Where a far part of the list begins.
    pub far: Position,
}

/// Some of the rows, drawn by chance: a file that all peers read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sample {
    pub users: Vec<(Uuid, String)>,
    pub posts: Vec<Uuid>,
    pub far: Position,
}
