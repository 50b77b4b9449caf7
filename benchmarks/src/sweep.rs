//! What size, clients and transport make of the throughput: one varied at a time, the others as in the table.

use tokio::runtime::Runtime;

use crate::arguments::SweepArguments;
use crate::database::Databases;
use crate::fill::fill;
use crate::peer::Failure;
use crate::peers::PeerName;
use crate::progress::Progress;
use crate::rounds::{self, Plan};
use crate::slot::{Conditions, Journal, Line};
use crate::transport::Transport;
use crate::workload::Workload;

const PEERS: [PeerName; 2] = [PeerName::Reference, PeerName::Axis];
const WORKLOADS: [Workload; 5] = [
    Workload::ById,
    Workload::CursorFirst,
    Workload::CursorFar,
    Workload::Update,
    Workload::ReadFirst,
];
/// What the others have while one varies.
const CLIENTS: usize = 32;

pub fn sweep(runtime: &Runtime, arguments: &SweepArguments) -> Result<Journal, Failure> {
    let measuring = &arguments.measuring;
    let peers = measuring.peers(&PEERS);
    let workloads = measuring.workloads(&WORKLOADS);
    let mut all: Vec<Conditions> = Vec::new();
    let mut add = |rows, clients, transport| {
        let conditions = Conditions {
            rows,
            clients,
            connections: measuring.connections,
            transport,
        };
        if !all.contains(&conditions) {
            all.push(conditions);
        }
    };
    for rows in arguments.sizes.iter().copied() {
        add(rows, CLIENTS, Transport::Socket);
    }
    for clients in arguments.clients.iter().copied() {
        add(arguments.rows, clients, Transport::Socket);
    }
    for transport in arguments.transports.iter().copied() {
        add(arguments.rows, CLIENTS, transport);
    }
    // The table only grows.
    all.sort_by_key(|conditions| conditions.rows);
    let plan = |conditions| Plan {
        measuring,
        conditions,
        peers: &peers,
        workloads: &workloads,
        bulk_rounds: 0,
    };
    let mut journal = Journal::open(measuring.json.as_deref())?;
    let is_missing = |conditions: &Conditions, journal: &Journal| {
        let cells = plan(*conditions).cells();
        cells
            .into_iter()
            .filter(|cell| journal.find(cell).is_none())
            .count()
    };
    let missing = all
        .iter()
        .map(|conditions| is_missing(conditions, &journal))
        .sum();
    let mut progress = Progress::of(missing);
    all.retain(|conditions| is_missing(conditions, &journal) > 0);
    if all.is_empty() {
        return Ok(journal);
    }
    let mut databases = Databases::start(runtime, measuring.synchronous_commit, true)?;
    let measured = runtime.block_on(async {
        journal.add(Line::Server(databases.facts.clone()))?;
        databases.accept_tls().await?;
        for conditions in all {
            fill(&databases.main, conditions.rows).await?;
            rounds::run(
                &plan(conditions),
                &mut databases,
                &mut journal,
                &mut progress,
            )
            .await?;
        }
        Ok(journal)
    });
    runtime.block_on(databases.refuse_tls())?;
    databases.drop_all()?;
    measured
}
