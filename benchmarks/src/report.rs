//! What the figures say.

use std::fmt::Write;

use serde::Serialize;

use crate::arguments::Arguments;
use crate::database::ServerFacts;
use crate::peers::PeerName;
use crate::rounds::Slot;
use crate::statistics::Spread;
use crate::workload::Workload;

/// All that a run found out.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub server: ServerFacts,
    pub cores: usize,
    pub clients: u32,
    pub connections: u32,
    pub rows: u32,
    pub rounds: u32,
    pub milliseconds: u64,
    pub results: Vec<WorkloadResult>,
    pub slots: Vec<Slot>,
}

/// One peer at one workload.
#[derive(Clone, Debug, Serialize)]
pub struct WorkloadResult {
    pub workload: Workload,
    pub peer: PeerName,
    pub operations_per_second: Spread,
    pub client_cpu_microseconds: Spread,
    pub server_cpu_microseconds: Option<Spread>,
    pub p50_microseconds: Spread,
    pub p99_microseconds: Spread,
    /// Throughput as a part of the reference's in the same round; none where that was left out.
    pub ratio: Option<Spread>,
    /// The reference's CPU time for an operation, client and server together, as a part of this one's in the same round. Where
    /// both share cores that are busy all the time, it is what the ratio of throughput would be on a machine without other work.
    pub cpu_ratio: Option<Spread>,
    /// What AXIS must reach.
    pub bound: f64,
}

impl Report {
    pub fn new(arguments: &Arguments, server: ServerFacts, slots: Vec<Slot>) -> Self {
        let mut results = Vec::new();
        for workload in &arguments.workloads {
            let of_workload: Vec<&Slot> = slots
                .iter()
                .filter(|slot| slot.workload == *workload)
                .collect();
            let result = |peer: &PeerName| WorkloadResult::new(*workload, &of_workload, *peer);
            results.extend(arguments.peers.iter().filter_map(result));
        }
        Self {
            server,
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            clients: arguments.clients,
            connections: arguments.connections,
            rows: arguments.rows,
            rounds: arguments.rounds,
            milliseconds: arguments.milliseconds,
            results,
            slots,
        }
    }

    /// A table for people, in Markdown.
    pub fn table(&self) -> String {
        let mut text = String::new();
        let server = &self.server;
        // A String takes all that is written.
        let _ = writeln!(
            text,
            "PostgreSQL {} by Unix-domain socket, on the same {} cores as the clients; fsync {}, synchronous_commit {}, \
             shared_buffers {}.\n{} clients on {} connections, {} rows, {} rounds of {} ms for each cell.\n",
            server.version,
            self.cores,
            server.fsync,
            server.synchronous_commit,
            server.shared_buffers,
            self.clients,
            self.connections,
            self.rows,
            self.rounds,
            self.milliseconds,
        );
        text.push_str(
            "| workload | peer | ratio | quartiles | min .. max | CPU ratio | quartiles | bound | per second | p50, ms | p99, ms | client CPU, us | server CPU, us |\n\
             |---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
        );
        for result in &self.results {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {:.2} | {:.0} | {:.2} | {:.2} | {:.1} | {} |",
                result.workload.title(),
                result.peer.title(),
                ratio(result.ratio, true),
                ratio(result.cpu_ratio, false),
                result.bound,
                result.operations_per_second.median,
                result.p50_microseconds.median / 1000.0,
                result.p99_microseconds.median / 1000.0,
                result.client_cpu_microseconds.median,
                result
                    .server_cpu_microseconds
                    .map_or("-".to_owned(), |cpu| format!("{:.1}", cpu.median)),
            );
        }
        text
    }
}

/// Median and quartiles, least and most too where asked for.
fn ratio(spread: Option<Spread>, with_range: bool) -> String {
    let Some(spread) = spread else {
        return if with_range { "- | - | -" } else { "- | -" }.to_owned();
    };
    let mut text = format!(
        "{:.3} | {:.3} .. {:.3}",
        spread.median, spread.lower_quartile, spread.upper_quartile
    );
    if with_range {
        // A String takes all that is written.
        let _ = write!(text, " | {:.2} .. {:.2}", spread.min, spread.max);
    }
    text
}

impl WorkloadResult {
    fn new(workload: Workload, slots: &[&Slot], peer: PeerName) -> Option<Self> {
        let own = || slots.iter().filter(|slot| slot.peer == peer);
        let beside = |slot: &Slot| {
            slots
                .iter()
                .find(|other| other.peer == PeerName::Reference && other.round == slot.round)
        };
        let ratios = own().filter_map(|slot| {
            Some(slot.operations_per_second / beside(slot)?.operations_per_second)
        });
        let cpu_ratios = own()
            .filter_map(|slot| Some(beside(slot)?.cpu_microseconds()? / slot.cpu_microseconds()?));
        Some(Self {
            workload,
            peer,
            operations_per_second: Spread::of(own().map(|slot| slot.operations_per_second))?,
            client_cpu_microseconds: Spread::of(own().map(|slot| slot.client_cpu_microseconds))?,
            server_cpu_microseconds: Spread::of(
                own().filter_map(|slot| slot.server_cpu_microseconds),
            ),
            p50_microseconds: Spread::of(own().map(|slot| slot.p50_microseconds.into()))?,
            p99_microseconds: Spread::of(own().map(|slot| slot.p99_microseconds.into()))?,
            ratio: Spread::of(ratios),
            cpu_ratio: Spread::of(cpu_ratios),
            bound: workload.bound(),
        })
    }
}
