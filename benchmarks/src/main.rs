//! AXIS and its peers, measured side by side. docs/benchmarks.md says how, and has the last figures.
//!
//! - `arguments`: the command line; `database`: the server, and the rows in it.
//! - `workload`: what is measured; `peer`, `peers`: who.
//! - `drive`: one peer at one workload for a while; `cpu`: what that costs; `rounds`: all of them in turn.
//! - `statistics`, `report`: what came of it.

mod arguments;
mod cpu;
mod database;
mod drive;
mod peer;
mod peers;
mod report;
mod rounds;
mod statistics;
mod workload;

use crate::arguments::Arguments;
use crate::database::BenchmarkDatabase;
use crate::drive::Load;
use crate::peer::Failure;
use crate::report::Report;

fn main() -> Result<(), Failure> {
    let arguments = Arguments::read();
    let runtime = tokio::runtime::Runtime::new()?;
    let database =
        BenchmarkDatabase::start(&runtime, arguments.rows, arguments.synchronous_commit)?;
    let load = Load {
        clients: arguments.clients,
        warm_up: arguments.warm_up(),
        measured: arguments.measured(),
        ids: database.ids.as_slice().into(),
        server_processes: [].into(),
    };
    let slots = runtime.block_on(async {
        let peers = arguments
            .peers
            .iter()
            .map(|name| name.connect(&database.url, arguments.connections))
            .collect::<Result<Vec<_>, _>>()?;
        rounds::run(
            &peers,
            &arguments.workloads,
            arguments.rounds,
            load,
            &database.client,
        )
        .await
    });
    let server = database.server.clone();
    database.finish()?;
    let report = Report::new(&arguments, server, slots?);
    if let Some(path) = &arguments.json {
        std::fs::write(path, serde_json::to_vec_pretty(&report)?)?;
    }
    print!("{}", report.table());
    Ok(())
}
