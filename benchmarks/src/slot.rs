//! What is measured at a time, and what came of it. All of it goes into a file, a line of JSON each, as soon as it is known, so
//! that a run can be taken up again.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::database::ServerFacts;
use crate::peer::Failure;
use crate::peers::PeerName;
use crate::transport::Transport;
use crate::workload::Workload;

/// Under which conditions peers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conditions {
    pub rows: i64,
    pub clients: usize,
    pub connections: u32,
    pub transport: Transport,
}

/// One peer at one workload in one round.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    #[serde(flatten)]
    pub conditions: Conditions,
    pub round: u32,
    pub workload: Workload,
    pub peer: PeerName,
    /// Operations come at this part of the reference's throughput, or of four fifths of the peer's own where that is less.
    /// None: each client begins an operation when its last has ended.
    pub part: Option<f64>,
}

/// What came of it. Times are in microseconds; those of a bulk are for each row.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Slot {
    #[serde(flatten)]
    pub cell: Cell,
    /// The rate at which operations came, where they had one.
    pub asked_per_second: Option<f64>,
    pub per_second: f64,
    pub failures: u64,
    pub p50: u64,
    pub p95: u64,
    pub p99: u64,
    pub max: u64,
    /// CPU time of the peer's process for each operation. None where the system does not tell.
    pub client_cpu: Option<f64>,
    /// CPU time of PostgreSQL and of what stands before it.
    pub server_cpu: Option<f64>,
    /// The most memory of the peer's process meanwhile, in KiB.
    pub peak_memory: Option<u64>,
}

/// How often a peer waits for the server in an operation.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RoundTrips {
    pub workload: Workload,
    pub peer: PeerName,
    pub round_trips: usize,
}

/// A line of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    Server(ServerFacts),
    Slot(Slot),
    RoundTrips(RoundTrips),
}

/// All that is known, and the file that it goes into.
#[derive(Default)]
pub struct Journal {
    pub server: Option<ServerFacts>,
    pub slots: Vec<Slot>,
    pub round_trips: Vec<RoundTrips>,
    file: Option<File>,
}

impl Journal {
    /// What a file has.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let mut journal = Self::default();
        for line in BufReader::new(File::open(path)?).lines() {
            journal.keep(serde_json::from_str(&line?)?);
        }
        Ok(journal)
    }

    /// The same, where there is one, to go on with it.
    pub fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let mut journal = match path.exists() {
            true => Self::read(path)?,
            false => Self::default(),
        };
        journal.file = Some(OpenOptions::new().create(true).append(true).open(path)?);
        Ok(journal)
    }

    pub fn add(&mut self, line: Line) -> Result<(), Failure> {
        if let Some(file) = &mut self.file {
            let mut text = serde_json::to_vec(&line)?;
            text.push(b'\n');
            file.write_all(&text)?;
        }
        self.keep(line);
        Ok(())
    }

    fn keep(&mut self, line: Line) {
        match line {
            Line::Server(server) => self.server = Some(server),
            Line::Slot(slot) => self.slots.push(slot),
            Line::RoundTrips(trips) => self.round_trips.push(trips),
        }
    }

    /// Another's figures beside these, but for what this one has of the same conditions: a ratio is made within a round, and the
    /// rounds of two runs have the same numbers.
    pub fn merge(&mut self, other: Self) {
        self.server = self.server.take().or(other.server);
        let mut added = other.slots;
        added.retain(|slot| {
            let is_of_round = |own: &Slot| {
                let of_round = Cell {
                    round: own.cell.round,
                    ..slot.cell
                };
                own.cell == of_round
            };
            !self.slots.iter().any(is_of_round)
        });
        self.slots.extend(added);
        self.round_trips.extend(other.round_trips);
    }

    pub fn find(&self, cell: &Cell) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.cell == *cell)
    }

    pub fn trips(&self, workload: Workload, peer: PeerName) -> Option<usize> {
        let trips = self.round_trips.iter();
        let mut found = trips.filter(|trips| trips.workload == workload && trips.peer == peer);
        found.next().map(|trips| trips.round_trips)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A figure of a run with 1,000 rows.
    pub fn slot(workload: Workload, peer: PeerName, round: u32, per_second: f64) -> Slot {
        let conditions = Conditions {
            rows: 1_000,
            clients: 1,
            connections: 1,
            transport: Transport::Socket,
        };
        let cell = Cell {
            conditions,
            round,
            workload,
            peer,
            part: None,
        };
        Slot {
            cell,
            asked_per_second: None,
            per_second,
            failures: 0,
            p50: 1,
            p95: 1,
            p99: 1,
            max: 1,
            client_cpu: None,
            server_cpu: None,
            peak_memory: None,
        }
    }

    #[test]
    fn what_was_measured_is_found_again() -> Result<(), Failure> {
        let file = tempfile::NamedTempFile::new()?;
        let first = slot(Workload::ById, PeerName::Axis, 1, 10.0);
        Journal::open(Some(file.path()))?.add(Line::Slot(first))?;
        let mut journal = Journal::open(Some(file.path()))?;
        let second = slot(Workload::ById, PeerName::Axis, 2, 20.0);
        assert!(journal.find(&first.cell).is_some());
        assert!(journal.find(&second.cell).is_none());
        journal.add(Line::Slot(second))?;
        assert_eq!(Journal::read(file.path())?.slots.len(), 2);
        Ok(())
    }

    #[test]
    fn rounds_of_two_runs_are_not_mixed() {
        let journal = |slots: &[Slot]| Journal {
            slots: slots.to_vec(),
            ..Journal::default()
        };
        let by_id = |round, per_second| slot(Workload::ById, PeerName::Axis, round, per_second);
        let update = slot(Workload::Update, PeerName::Axis, 1, 30.0);
        let mut elsewhere = by_id(1, 40.0);
        elsewhere.cell.conditions.clients = 2;
        let mut all = journal(&[by_id(1, 10.0), by_id(2, 11.0)]);
        all.merge(journal(&[
            by_id(1, 20.0),
            by_id(3, 21.0),
            update,
            elsewhere,
        ]));
        let figures: Vec<f64> = all.slots.iter().map(|slot| slot.per_second).collect();
        assert_eq!(figures, [10.0, 11.0, 30.0, 40.0]);
    }
}
