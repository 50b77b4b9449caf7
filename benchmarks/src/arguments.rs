//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::peers::PeerName;
use crate::workload::Workload;

/// Measures AXIS beside its peers: all in one run, interleaved round by round, on a PostgreSQL of its own.
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct Arguments {
    /// How many rounds. In each, every peer runs every workload once.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// How long a peer runs a workload in a round, in milliseconds.
    #[arg(long, default_value_t = 800, value_parser = clap::value_parser!(u64).range(10..))]
    pub milliseconds: u64,
    /// How long it has run before, uncounted, in milliseconds.
    #[arg(long, default_value_t = 150)]
    pub warm_up_milliseconds: u64,
    /// How many clients work at the same time.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..))]
    pub clients: u32,
    /// How many connections each peer's pool has.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub connections: u32,
    /// How many users are in the table at the start.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub rows: u32,
    /// Only these workloads.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub workloads: Vec<Workload>,
    /// Only these peers. Without the reference there are no ratios.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub peers: Vec<PeerName>,
    /// PostgreSQL's `synchronous_commit`, for every peer alike. `on` is its default: a commit waits for the disk. `off` takes the
    /// disk out, so that what the clients cost is seen.
    #[arg(long, value_enum, default_value_t = SynchronousCommit::On)]
    pub synchronous_commit: SynchronousCommit,
    /// Also write all figures, those of each round too, as JSON into this file.
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// The short form for CI: two rounds, few rows. Says that it runs; its figures mean little.
    #[arg(long)]
    pub smoke: bool,
}

/// Whether a commit waits until it is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SynchronousCommit {
    On,
    Off,
}

impl SynchronousCommit {
    /// The setting's value.
    pub fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

impl Arguments {
    /// What the command line says.
    pub fn read() -> Self {
        let mut arguments = Self::parse();
        if arguments.smoke {
            arguments.rounds = 2;
            arguments.milliseconds = 100;
            arguments.warm_up_milliseconds = 50;
            arguments.rows = 1_000;
        }
        if arguments.workloads.is_empty() {
            arguments.workloads = Workload::value_variants().to_vec();
        }
        if arguments.peers.is_empty() {
            arguments.peers = PeerName::value_variants().to_vec();
        }
        arguments
    }

    pub fn measured(&self) -> Duration {
        Duration::from_millis(self.milliseconds)
    }

    pub fn warm_up(&self) -> Duration {
        Duration::from_millis(self.warm_up_milliseconds)
    }
}
