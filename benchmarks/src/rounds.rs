//! The run: round by round, workload by workload, one peer right after the other.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio_postgres::Client;

use crate::cpu::server_processes;
use crate::drive::{Driven, Load, Measured};
use crate::peer::Failure;
use crate::peers::PeerName;
use crate::statistics::percentile;
use crate::workload::Workload;

/// What one peer did of one workload in one round.
#[derive(Clone, Debug, Serialize)]
pub struct Slot {
    pub round: u32,
    pub workload: Workload,
    pub peer: PeerName,
    pub operations_per_second: f64,
    /// CPU time of this process for each operation.
    pub client_cpu_microseconds: f64,
    /// CPU time of the server for each operation. None where the system does not tell.
    pub server_cpu_microseconds: Option<f64>,
    pub p50_microseconds: u32,
    pub p95_microseconds: u32,
    pub p99_microseconds: u32,
    pub max_microseconds: u32,
}

impl Slot {
    /// CPU time for each operation, of both sides. None where the system does not tell.
    pub fn cpu_microseconds(&self) -> Option<f64> {
        Some(self.client_cpu_microseconds + self.server_cpu_microseconds?)
    }

    fn new(round: u32, workload: Workload, peer: PeerName, measured: &Measured) -> Self {
        let operations = measured.operations as f64;
        let latency = |part| percentile(&measured.latencies, part);
        let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / operations.max(1.0);
        Self {
            round,
            workload,
            peer,
            operations_per_second: operations / measured.took.as_secs_f64(),
            client_cpu_microseconds: each(measured.cpu.client),
            server_cpu_microseconds: measured.cpu.server.map(each),
            p50_microseconds: latency(0.50),
            p95_microseconds: latency(0.95),
            p99_microseconds: latency(0.99),
            max_microseconds: latency(1.0),
        }
    }
}

/// Runs all rounds. What the machine does at a moment meets all peers alike: they take turns within each workload, and the
/// first of one round is the last of the next. `client` is beside them.
pub async fn run(
    peers: &[Box<dyn Driven>],
    workloads: &[Workload],
    rounds: u32,
    mut load: Load,
    client: &Client,
) -> Result<Vec<Slot>, Failure> {
    let mut slots = Vec::new();
    let started = Instant::now();
    // Opens the connections and prepares the statements, so that no round pays for them.
    for workload in workloads {
        for peer in peers {
            peer.drive(*workload, &load).await?;
        }
    }
    load.server_processes = server_processes(client).await?.into();
    for round in 1..=rounds {
        for workload in workloads {
            for peer in in_turn(peers, round) {
                let measured = peer.drive(*workload, &load).await?;
                slots.push(Slot::new(round, *workload, peer.name(), &measured));
            }
        }
        show_progress(round, rounds, started);
    }
    Ok(slots)
}

/// The peers in an order of each round's own.
fn in_turn(peers: &[Box<dyn Driven>], round: u32) -> Vec<&dyn Driven> {
    let mut order: Vec<&dyn Driven> = peers.iter().map(AsRef::as_ref).collect();
    let turns = round as usize % order.len().max(1);
    order.rotate_left(turns);
    order
}

fn show_progress(round: u32, rounds: u32, started: Instant) {
    let mut out = stderr();
    if !out.is_terminal() {
        return;
    }
    // The uncounted round is one more.
    let each = started.elapsed() / (round + 1);
    let left = (each * (rounds - round)).as_secs();
    let end = if round == rounds { "\n" } else { "" };
    // Nothing depends on it.
    let _ = write!(out, "\rround {round} of {rounds}, {left} s left   {end}");
}
