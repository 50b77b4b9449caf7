//! The long run: reads and writes mixed, by many clients.

use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::arguments::{MixedArguments, SynchronousCommit};
use crate::database::{Databases, MAIN};
use crate::fill::fill;
use crate::measure::measure;
use crate::operation::Draw;
use crate::peer::Failure;
use crate::process::PeerProcess;
use crate::protocol::Load;
use crate::rounds::sampled;
use crate::slot::{Cell, Conditions, Journal, Line};
use crate::transport::Transport;
use crate::usage::ServerProcesses;
use crate::workload::Workload;

pub fn mixed(runtime: &Runtime, arguments: &MixedArguments) -> Result<Journal, Failure> {
    let mut databases = Databases::start(runtime, SynchronousCommit::On, true)?;
    let ran = runtime.block_on(run(arguments, &mut databases));
    databases.drop_all()?;
    ran
}

async fn run(arguments: &MixedArguments, databases: &mut Databases) -> Result<Journal, Failure> {
    let MixedArguments {
        rows,
        clients,
        connections,
        seconds,
        peers,
        json,
    } = arguments;
    let mut journal = Journal::open(json.as_deref())?;
    journal.add(Line::Server(databases.facts.clone()))?;
    fill(&databases.main, *rows).await?;
    let folder = TempDir::new()?;
    let sample = sampled(databases, *rows, folder.path()).await?;
    let read = serde_json::from_slice(&std::fs::read(&sample)?)?;
    let draw = Draw::new(std::sync::Arc::new(read), [].into());
    for name in peers.iter().copied() {
        let conditions = Conditions {
            rows: *rows,
            clients: *clients,
            connections: *connections,
            transport: Transport::Socket,
        };
        let cell = Cell {
            conditions,
            round: 1,
            workload: Workload::Mixed,
            peer: name,
            part: None,
        };
        let load = |milliseconds| Load {
            workload: Workload::Mixed,
            clients: *clients,
            per_second: None,
            warm_up_milliseconds: 1_000,
            milliseconds,
            victims: None,
            tolerant: true,
        };
        let url = databases.url(MAIN, Transport::Socket)?;
        let mut peer = PeerProcess::start(name, &url, *connections, &sample)?;
        let server = ServerProcesses {
            client: &databases.main,
            databases: &[MAIN],
            between: &[],
        };
        measure(&mut peer, cell, load(1_000), &draw, &server).await?;
        eprintln!(
            "{}: {seconds} s of mixed work by {clients} clients",
            name.title()
        );
        let slot = measure(&mut peer, cell, load(seconds * 1_000), &draw, &server).await?;
        journal.add(Line::Slot(slot))?;
    }
    Ok(journal)
}
