//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::child::ChildArguments;
use crate::peers::PeerName;
use crate::transport::Transport;
use crate::workload::Workload;

/// Measures AXIS beside its peers: all in one run, interleaved round by round, on a PostgreSQL of its own.
#[derive(Clone, Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub run: RunArguments,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Sizes, clients and transports, one varied at a time, for AXIS and the reference.
    Sweep(SweepArguments),
    /// Reads and writes mixed, by many clients, for long.
    Mixed(MixedArguments),
    /// Writes docs/benchmarks.md's tables, and the plots, from files of figures.
    Report(ReportArguments),
    /// Is a peer.
    #[command(hide = true)]
    Peer {
        name: PeerName,
        #[command(flatten)]
        arguments: ChildArguments,
    },
}

/// How long each figure takes, and where it goes.
#[derive(Clone, Debug, Args)]
pub struct Measuring {
    /// How many rounds. In each, every peer runs every workload once.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// How long a peer runs a workload in a round, in milliseconds.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(10..))]
    pub milliseconds: u64,
    /// How long it has run before, uncounted, in milliseconds.
    #[arg(long, default_value_t = 100)]
    pub warm_up_milliseconds: u64,
    /// Latencies are measured at these parts of the reference's throughput.
    #[arg(long, value_delimiter = ',', default_value = "0.5")]
    pub parts: Vec<f64>,
    /// How many connections each peer's pool has.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub connections: u32,
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
    /// All figures go into this file, a line of JSON each. Those that it has already are not measured again.
    #[arg(long)]
    pub json: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub struct RunArguments {
    #[command(flatten)]
    pub measuring: Measuring,
    /// How many users are in the table.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(i64).range(1_000..))]
    pub rows: i64,
    /// How many clients work at the same time.
    #[arg(long, default_value_t = 32)]
    pub clients: usize,
    /// In how many rounds the bulk of a million takes part.
    #[arg(long, default_value_t = 1)]
    pub bulk_rounds: u32,
    /// How they reach the server.
    #[arg(long, value_enum, default_value_t = Transport::Socket)]
    pub transport: Transport,
    /// The short form for CI: one round, few rows. Says that it runs; its figures mean little.
    #[arg(long)]
    pub smoke: bool,
}

#[derive(Clone, Debug, Args)]
pub struct SweepArguments {
    #[command(flatten)]
    pub measuring: Measuring,
    /// How many users, where something else varies.
    #[arg(long, default_value_t = 1_000_000)]
    pub rows: i64,
    /// How many users, one after the other.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "10000,100000,1000000,10000000"
    )]
    pub sizes: Vec<i64>,
    /// How many clients, one after the other.
    #[arg(long, value_delimiter = ',', default_value = "1,4,16,32,64,128,256")]
    pub clients: Vec<usize>,
    /// Which transports, one after the other.
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "socket,tcp,tls"
    )]
    pub transports: Vec<Transport>,
}

#[derive(Clone, Debug, Args)]
pub struct MixedArguments {
    #[arg(long, default_value_t = 10_000_000)]
    pub rows: i64,
    #[arg(long, default_value_t = 256)]
    pub clients: usize,
    #[arg(long, default_value_t = 10)]
    pub connections: u32,
    #[arg(long, default_value_t = 600)]
    pub seconds: u64,
    #[arg(long, value_enum, value_delimiter = ',', default_value = "axis")]
    pub peers: Vec<PeerName>,
    #[arg(long)]
    pub json: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub struct ReportArguments {
    /// Files of figures.
    #[arg(required = true)]
    pub json: Vec<PathBuf>,
    /// The document whose tables are written, between markers.
    #[arg(long)]
    pub document: Option<PathBuf>,
    /// The folder that plots go into.
    #[arg(long)]
    pub plots: Option<PathBuf>,
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

impl Measuring {
    /// The peers that were asked for, without those that cannot take part: that is said.
    pub fn peers(&self, all: &[PeerName]) -> Vec<PeerName> {
        let wanted = if self.peers.is_empty() {
            all
        } else {
            &self.peers
        };
        let takes_part = |peer: &PeerName| match peer.missing() {
            None => true,
            Some(why) => {
                eprintln!("{} is left out: {why}", peer.title());
                false
            }
        };
        wanted.iter().copied().filter(takes_part).collect()
    }

    pub fn workloads(&self, all: &[Workload]) -> Vec<Workload> {
        let wanted = if self.workloads.is_empty() {
            all
        } else {
            &self.workloads
        };
        wanted.to_vec()
    }
}

impl Arguments {
    /// What the command line says.
    pub fn read() -> Self {
        let mut arguments = Self::parse();
        let run = &mut arguments.run;
        if run.smoke {
            run.measuring.rounds = 1;
            run.measuring.milliseconds = 100;
            run.measuring.warm_up_milliseconds = 30;
            run.rows = 2_000;
            run.bulk_rounds = 0;
        }
        arguments
    }
}
