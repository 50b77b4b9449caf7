//! AXIS and its peers, measured side by side. docs/benchmarks.md says how, and has the last figures.
//!
//! - `arguments`: the command line; `database`, `fill`, `transport`: the server, the rows in it, the ways to it.
//! - `workload`, `operation`: what is measured; `peer`, `peers`, `rows`, `http_service`: who.
//! - `child`, `drive`: a peer's process, where its clients work; `protocol`: how it is told; Drizzle's is in `drizzle/`.
//! - `process`, `measure`, `usage`, `http_client`, `round_trips`, `checks`: what is seen of it from outside.
//! - `rounds`, `sweep`, `mixed`: what is measured when; `slot`, `progress`: what came of it so far.
//! - `statistics`, `report`, `goals`, `plots`: what it says.

mod arguments;
mod checks;
mod child;
mod database;
mod drive;
mod fill;
mod goals;
mod http_client;
mod http_service;
mod measure;
mod mixed;
mod operation;
mod peer;
mod peers;
mod plots;
mod process;
mod progress;
mod protocol;
mod report;
mod round_trips;
mod rounds;
mod rows;
mod slot;
mod statistics;
mod sweep;
mod transport;
mod usage;
mod workload;

use clap::ValueEnum;
use tokio::runtime::Runtime;

use crate::arguments::{Arguments, Command, RunArguments};
use crate::database::Databases;
use crate::peer::Failure;
use crate::peers::PeerName;
use crate::progress::Progress;
use crate::rounds::Plan;
use crate::slot::{Conditions, Journal, Line};
use crate::workload::Workload;

fn main() -> Result<(), Failure> {
    let arguments = Arguments::read();
    let runtime = Runtime::new()?;
    let journal = match &arguments.command {
        Some(Command::Peer { name, arguments }) => {
            return runtime.block_on(name.answer_all(arguments));
        }
        Some(Command::Report(arguments)) => return report::write(arguments),
        Some(Command::Sweep(arguments)) => sweep::sweep(&runtime, arguments)?,
        Some(Command::Mixed(arguments)) => mixed::mixed(&runtime, arguments)?,
        None => run(&runtime, &arguments.run)?,
    };
    print!("{}", report::text(&journal));
    Ok(())
}

/// All workloads by all peers under the same conditions.
fn run(runtime: &Runtime, arguments: &RunArguments) -> Result<Journal, Failure> {
    let measuring = &arguments.measuring;
    let peers = measuring.peers(PeerName::value_variants());
    let workloads = measuring.workloads(Workload::of_table());
    let conditions = Conditions {
        rows: arguments.rows,
        clients: arguments.clients,
        connections: measuring.connections,
        transport: arguments.transport,
    };
    let plan = Plan {
        measuring,
        conditions,
        peers: &peers,
        workloads: &workloads,
        bulk_rounds: arguments.bulk_rounds,
    };
    let mut journal = Journal::open(measuring.json.as_deref())?;
    let cells = plan.cells();
    let missing = cells.iter().filter(|cell| journal.find(cell).is_none());
    let mut progress = Progress::of(missing.count());
    let mut databases = Databases::start(runtime, measuring.synchronous_commit, true)?;
    let measured = runtime.block_on(async {
        journal.add(Line::Server(databases.facts.clone()))?;
        if arguments.transport == transport::Transport::Tls {
            databases.accept_tls().await?;
        }
        fill::fill(&databases.main, arguments.rows).await?;
        round_trips::count(
            &peers,
            &workloads,
            arguments.rows,
            &mut databases,
            &mut journal,
        )
        .await?;
        rounds::run(&plan, &mut databases, &mut journal, &mut progress).await?;
        databases.refuse_tls().await?;
        Ok(journal)
    });
    databases.drop_all()?;
    measured
}
