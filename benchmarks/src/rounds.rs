//! The run: round by round, workload by workload, one peer right after the other.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use uuid::Uuid;

use crate::arguments::Measuring;
use crate::checks::check;
use crate::database::{BULK, Databases, MAIN};
use crate::fill::{add_victims, remove_victims, sample};
use crate::measure::{measure, measure_bulk, victims_file};
use crate::operation::Draw;
use crate::peer::Failure;
use crate::peers::PeerName;
use crate::process::PeerProcess;
use crate::progress::Progress;
use crate::protocol::{Answer, Load, Task};
use crate::slot::{Cell, Conditions, Journal, Line};
use crate::usage::ServerProcesses;
use crate::workload::{Kind, Workload};

/// The most rows that a peer can delete in a second here.
const DELETED_PER_SECOND: u64 = 15_000;
/// How long each peer runs each workload before the first round.
const UNCOUNTED_MILLISECONDS: u64 = 250;
/// A machine that does much else may not get to a single operation.
const LEAST_PER_SECOND: f64 = 1.0;
/// A peer that is slower than the reference gets no more than this part of what it can do.
const OWN_PART: f64 = 0.8;

/// What is to be measured under the same conditions.
pub struct Plan<'a> {
    pub measuring: &'a Measuring,
    pub conditions: Conditions,
    pub peers: &'a [PeerName],
    pub workloads: &'a [Workload],
    /// In how many rounds a bulk of a million takes part.
    pub bulk_rounds: u32,
}

impl Plan<'_> {
    fn cell(&self, round: u32, workload: Workload, peer: PeerName, part: Option<f64>) -> Cell {
        let conditions = self.conditions;
        Cell {
            conditions,
            round,
            workload,
            peer,
            part,
        }
    }

    /// Whether a workload is in a round at all.
    fn is_in(&self, round: u32, workload: Workload) -> bool {
        workload != Workload::Bulk1m || round <= self.bulk_rounds
    }

    /// The closed loop and the rates.
    fn parts(&self, workload: Workload) -> Vec<Option<f64>> {
        let rates = self.measuring.parts.iter().copied().map(Some);
        match workload.kind() {
            Kind::Bulk(_) => vec![None],
            _ => std::iter::once(None).chain(rates).collect(),
        }
    }

    /// All that is to be measured, in its order.
    pub fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for round in 1..=self.measuring.rounds {
            for workload in self.workloads.iter().copied() {
                if !self.is_in(round, workload) {
                    continue;
                }
                for part in self.parts(workload) {
                    // The first of one round is the last of the next: what the machine does at a moment meets all alike.
                    let mut order = self.peers.to_vec();
                    order.rotate_left(round as usize % self.peers.len().max(1));
                    let cell = |peer| self.cell(round, workload, peer, part);
                    cells.extend(order.into_iter().map(cell));
                }
            }
        }
        cells
    }

    fn load(&self, cell: &Cell, per_second: Option<f64>) -> Load {
        Load {
            workload: cell.workload,
            clients: self.conditions.clients,
            per_second,
            warm_up_milliseconds: self.measuring.warm_up_milliseconds,
            milliseconds: self.measuring.milliseconds * cell.workload.length(),
            victims: None,
            tolerant: false,
        }
    }
}

/// The peers at work, and those of the server's processes that work for them.
struct Running {
    peers: Vec<PeerProcess>,
    /// What stands between a peer and the server.
    between: Vec<u32>,
    draw: Draw,
    folder: TempDir,
}

/// Measures what the journal does not have yet. Queries first, then HTTP, then bulks: the peers are started anew for each.
pub async fn run(
    plan: &Plan<'_>,
    databases: &mut Databases,
    journal: &mut Journal,
    progress: &mut Progress,
) -> Result<(), Failure> {
    let kinds: [fn(Kind) -> bool; 3] = [
        |kind| kind == Kind::Queries,
        |kind| kind == Kind::Http,
        |kind| matches!(kind, Kind::Bulk(_)),
    ];
    for is_kind in kinds {
        let is_missing =
            |cell: &Cell| is_kind(cell.workload.kind()) && journal.find(cell).is_none();
        let cells: Vec<Cell> = plan.cells().into_iter().filter(is_missing).collect();
        let Some(first) = cells.first() else {
            continue;
        };
        let mut running = start(plan, first.workload.kind(), databases).await?;
        for cell in cells {
            progress.show(&cell);
            let slot = match cell.workload.kind() {
                Kind::Bulk(rows) => {
                    let peer = named(&mut running.peers, cell.peer)?;
                    let server = serving(databases, &running.between);
                    measure_bulk(peer, cell, rows, &databases.bulk, &server).await?
                }
                _ => one(plan, cell, databases, journal, &mut running).await?,
            };
            if slot.failures > 0 {
                return Err(format!("{} operations failed: {cell:?}", slot.failures).into());
            }
            journal.add(Line::Slot(slot))?;
            progress.done();
        }
    }
    Ok(())
}

async fn one(
    plan: &Plan<'_>,
    cell: Cell,
    databases: &Databases,
    journal: &Journal,
    running: &mut Running,
) -> Result<crate::slot::Slot, Failure> {
    let peak = |peer| {
        let closed = plan.cell(cell.round, cell.workload, peer, None);
        journal.find(&closed).map(|slot| slot.per_second)
    };
    let per_second = match cell.part {
        None => None,
        Some(part) => {
            let own = peak(cell.peer).ok_or("a rate before the throughput")?;
            let reference = peak(PeerName::Reference).unwrap_or(own);
            Some((part * reference).min(OWN_PART * own).max(LEAST_PER_SECOND))
        }
    };
    let mut load = plan.load(&cell, per_second);
    let mut victims: Vec<Uuid> = Vec::new();
    if cell.workload == Workload::Delete {
        let file = victims_file(running.folder.path());
        let milliseconds = load.warm_up_milliseconds + load.milliseconds;
        let count = DELETED_PER_SECOND * milliseconds / 1000 + 1_000;
        victims = add_victims(&databases.main, i64::try_from(count)?, &file).await?;
        load.victims = Some(file);
    }
    let peer = named(&mut running.peers, cell.peer)?;
    let server = serving(databases, &running.between);
    let slot = measure(peer, cell, load, &running.draw, &server).await?;
    remove_victims(&databases.main, &victims).await?;
    Ok(slot)
}

fn serving<'a>(databases: &'a Databases, between: &'a [u32]) -> ServerProcesses<'a> {
    ServerProcesses {
        client: &databases.main,
        databases: &[MAIN, BULK],
        between,
    }
}

fn named(peers: &mut [PeerProcess], name: PeerName) -> Result<&mut PeerProcess, Failure> {
    let found = peers.iter_mut().find(|peer| peer.name == name);
    Ok(found.ok_or("a peer that does not run")?)
}

/// Starts the peers, checks what they do, and has them open their connections and prepare their statements.
async fn start(plan: &Plan<'_>, kind: Kind, databases: &mut Databases) -> Result<Running, Failure> {
    let folder = TempDir::new()?;
    let file = folder.path().join("sample.json");
    let rows = sample(&databases.main, plan.conditions.rows, &file).await?;
    let draw = Draw::new(Arc::new(rows), [].into());
    let is_bulk = matches!(kind, Kind::Bulk(_));
    let (database, connections) = match is_bulk {
        true => (BULK, 1),
        false => (MAIN, plan.conditions.connections),
    };
    let mut between = Vec::new();
    let mut peers = Vec::new();
    for name in plan.peers.iter().copied() {
        let url = match name {
            PeerName::AxisPgbouncer => {
                let (url, process) = databases
                    .pooled_url(database, plan.conditions.connections)
                    .await?;
                between.push(process);
                url
            }
            _ => databases.url(database, plan.conditions.transport)?,
        };
        peers.push(PeerProcess::start(name, &url, connections, &file)?);
    }
    let mut workloads = plan.workloads.to_vec();
    workloads.retain(|workload| workload.kind() == kind);
    if is_bulk {
        for peer in &mut peers {
            warm_up_bulk(peer).await?;
        }
    } else {
        let victims = victims_file(folder.path());
        check(&mut peers, &workloads, databases, draw.clone(), &victims).await?;
        // Deleting prepares its statement in the check.
        workloads.retain(|workload| *workload != Workload::Delete);
        for workload in workloads {
            for peer in &mut peers {
                let cell = plan.cell(0, workload, peer.name, None);
                let mut load = plan.load(&cell, None);
                load.milliseconds = load.milliseconds.min(UNCOUNTED_MILLISECONDS);
                measure(peer, cell, load, &draw, &serving(databases, &between)).await?;
            }
        }
    }
    Ok(Running {
        peers,
        between,
        draw,
        folder,
    })
}

async fn warm_up_bulk(peer: &mut PeerProcess) -> Result<(), Failure> {
    let prefix = format!("warm-{:?}-", peer.name);
    let task = Task::Prepare { rows: 100, prefix };
    for task in [task, Task::Bulk] {
        match peer.ask(&task).await? {
            Answer::Done => {}
            other => return Err(format!("{other:?}").into()),
        }
    }
    Ok(())
}

/// A sample of the rows, in a file that lives as long as the folder.
pub async fn sampled(
    databases: &Databases,
    rows: i64,
    folder: &Path,
) -> Result<std::path::PathBuf, Failure> {
    let file = folder.join("sample.json");
    sample(&databases.main, rows, &file).await?;
    Ok(file)
}
