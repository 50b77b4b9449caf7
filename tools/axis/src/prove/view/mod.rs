//! Views: their tables are filled with a row each, in many ways, and what comes out is read by `Select`. It must read each
//! row as it is, and find no NULL in a column that the contract says has none.

mod reads;
mod tally;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use fastrand::Rng;

use super::ProveError;
use super::database::Throwaway;
use super::draw::Draw;
use super::judge::{Answer, Judge, Parameter, Question};
use super::report::TableReport;
use super::reproduction;
use super::rows::{self, Good, Operation, Row};
use super::server::{Attempt, NOT_ASKED, Outcome, Server, TOO_LONG};
use super::subject::{Cell, Subject};
use super::trial::{comparison, is_same_document};
use crate::generate::catalog::Name;
use crate::generate::contract::Contract;
use reads::Reads;
use tally::Tally;

/// Rows that are drawn for a table before it is left empty.
const DRAWN: usize = 400;

/// How often values that a CHECK reads are drawn again before others are: those that are alike in all tables are joined.
const REDRAWN: usize = 150;

/// Rows that are read of a view in one state of its tables.
const READ: usize = 20;

/// Proves the views. Keys and indexes are still there: a query may need them.
pub(super) async fn prove(
    subjects: &[Subject],
    contract: &Contract,
    throwaway: &Throwaway,
    program: &Path,
    mut server: Server,
    rows: usize,
) -> Result<BTreeMap<usize, TableReport>, ProveError> {
    let reads = Reads::of_all(&throwaway.connect().await?).await?;
    let views = subjects.iter().filter(|subject| subject.is_read_only);
    let views: Vec<_> = views
        .filter_map(|view| Some((view, reads.get(&view.name)?)))
        .collect();
    let mut reports = BTreeMap::new();
    if views.is_empty() {
        return Ok(reports);
    }
    let mut judge = Judge::start(program, server.types().await?).map_err(ProveError::Judge)?;
    for (subject, reads) in views {
        let mut view = View {
            subject,
            never_null: never_null(contract, &subject.name),
            tables: Vec::new(),
            refresh: reads.refreshed.iter().map(|name| refresh(name)).collect(),
            judge: &mut judge,
            server: &mut server,
            seen: HashSet::new(),
            last: None,
            tally: Tally::new(subject),
        };
        view.fill(reads.tables(subjects)).await?;
        view.vary(reads, rows).await?;
        reports.insert(subject.index, view.tally.report());
    }
    Ok(reports)
}

/// The columns of `Select` in which the contract expects no NULL.
fn never_null(contract: &Contract, name: &Name) -> Vec<bool> {
    let table = contract.tables.iter().find(|table| table.name == *name);
    let columns = table.map(|table| table.columns.iter());
    columns
        .into_iter()
        .flatten()
        .map(|column| !column.reads_null)
        .collect()
}

fn statement(sql: String) -> Attempt {
    Attempt {
        sql,
        parameters: Vec::new(),
        is_text: true,
    }
}

fn refresh(name: &str) -> Attempt {
    statement(format!("REFRESH MATERIALIZED VIEW {name}"))
}

/// A table that a view reads, with its only row.
struct Filled<'a> {
    subject: &'a Subject,
    /// The columns that the view reads.
    read: Vec<usize>,
    good: Good,
}

/// What is done to a table before the view is read.
#[derive(Clone)]
enum Change {
    Nothing,
    Emptied(usize),
    Set(usize, usize, Cell),
}

/// A view on trial.
struct View<'a> {
    subject: &'a Subject,
    never_null: Vec<bool>,
    tables: Vec<Filled<'a>>,
    /// What makes materialised views anew.
    refresh: Vec<Attempt>,
    judge: &'a mut Judge,
    server: &'a mut Server,
    /// Rows that were judged.
    seen: HashSet<Vec<Parameter>>,
    /// The last row that could be read.
    last: Option<Vec<Parameter>>,
    tally: Tally<'a>,
}

impl<'a> View<'a> {
    /// Leaves a row in each table, of which another is like it: joins find it.
    async fn fill(&mut self, tables: Vec<(&'a Subject, Vec<usize>)>) -> Result<(), ProveError> {
        // The driver learns their types, which it could not do beside statements that fail.
        for (table, _) in &tables {
            self.server.begin(&table.query()).await?;
        }
        self.server.begin(&self.subject.query()).await?;
        // What comes of no row at all.
        self.read(&Change::Nothing).await?;
        for (subject, read) in tables {
            if let Some(good) = self.good_row(subject).await? {
                self.tables.push(Filled {
                    subject,
                    read,
                    good,
                });
            }
        }
        Ok(())
    }

    async fn good_row(&mut self, subject: &Subject) -> Result<Option<Good>, ProveError> {
        let mut rng = Rng::with_seed(11);
        let mut candidates = rows::candidates(subject, &mut rng);
        // The second says something of each column.
        candidates.swap(0, 1);
        let row = Row {
            operation: Operation::Insert,
            changes: Vec::new(),
        };
        let mut drawn = 0;
        for mut good in candidates {
            while drawn < DRAWN {
                drawn += 1;
                let Some(attempt) = good.literals(subject, &row) else {
                    break;
                };
                let refusal = match self.server.keep(&attempt).await? {
                    Outcome::Accepted(_) => return Ok(Some(good)),
                    Outcome::Refused(refusal) => refusal,
                    Outcome::Cancelled => break,
                };
                let read = refusal.constraint.as_ref();
                match read.and_then(|name| subject.read_by.get(name)) {
                    Some(read) if drawn % REDRAWN != 0 => {
                        good = good.redrawn(subject, read, drawn % REDRAWN - 1, &mut rng)
                    }
                    _ => break,
                }
            }
        }
        Ok(None)
    }

    /// Reads the view with its tables as they are, with each of them empty, and with each value of each column.
    async fn vary(&mut self, reads: &Reads, rows: usize) -> Result<(), ProveError> {
        let is_read = self.read(&Change::Nothing).await?;
        let changes = self.changes(reads);
        if !is_read {
            self.search(&changes).await?;
        }
        for table in 0..self.tables.len() {
            self.read(&Change::Emptied(table)).await?;
        }
        for change in changes.iter().take(rows) {
            self.read(change).await?;
        }
        Ok(())
    }

    /// Where no row comes out, makes a change that lets one out, and keeps it.
    async fn search(&mut self, changes: &[Change]) -> Result<(), ProveError> {
        for change in changes {
            if !self.read(change).await? {
                continue;
            }
            if let Change::Set(table, column, cell) = change {
                for attempt in self.attempts(change).into_iter().flatten() {
                    self.server.keep(&attempt).await?;
                }
                self.tables[*table].good.0[*column] = cell.clone();
            }
            break;
        }
        Ok(())
    }

    /// Every value of every column: first NULL and what the query names, then the first value of each column, the second..
    fn changes(&self, reads: &Reads) -> Vec<Change> {
        let constants = reads.constants.iter();
        let constants: Vec<Cell> = constants
            .map(|text| Cell::Value(Arc::new(Draw::text(text.clone()))))
            .collect();
        let mut found = Vec::new();
        for (table, filled) in self.tables.iter().enumerate() {
            for index in &filled.read {
                let column = &filled.subject.columns[*index];
                if column.is_computed() || column.not_proved.is_some() {
                    continue;
                }
                let null = column.nullable.then_some(Cell::Null);
                let drawn = column.draws.iter().skip(1).cloned().map(Cell::Value);
                let cells = null
                    .into_iter()
                    .chain(constants.iter().cloned())
                    .chain(drawn);
                let cells = cells.enumerate();
                found.extend(cells.map(|(rank, cell)| (rank, Change::Set(table, *index, cell))));
            }
        }
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, change)| change).collect()
    }

    /// A change as statements. None where a value has no literal.
    fn attempts(&self, change: &Change) -> Option<Vec<Attempt>> {
        Some(match change {
            Change::Nothing => Vec::new(),
            Change::Emptied(table) => {
                let name = self.tables[*table].subject.sql_name();
                vec![statement(format!("DELETE FROM {name}"))]
            }
            Change::Set(table, column, cell) => {
                let filled = &self.tables[*table];
                let row = updated(*column, cell);
                vec![filled.good.literals(filled.subject, &row)?]
            }
        })
    }

    /// Reads the view after a change, which is undone. Whether a row came out.
    async fn read(&mut self, change: &Change) -> Result<bool, ProveError> {
        let Some(mut attempts) = self.attempts(change) else {
            return Ok(false);
        };
        attempts.extend(self.refresh.iter().cloned());
        let query = statement(self.subject.query());
        if self.server.has_given_up() {
            self.tally.not_decided(NOT_ASKED);
            return Ok(false);
        }
        let found = match self.server.read_after(&attempts, &query).await? {
            Outcome::Accepted(found) => found,
            // The query itself may refuse a value, as one that divides by it does.
            Outcome::Refused(_) => return Ok(false),
            Outcome::Cancelled => {
                self.tally.not_decided(TOO_LONG);
                return Ok(false);
            }
        };
        let is_read = !found.is_empty();
        let new = found
            .into_iter()
            .filter(|row| self.seen.insert(row.clone()));
        let new: Vec<_> = new.take(READ).collect();
        let questions: Vec<Question> = new.iter().cloned().map(Question::Select).collect();
        let answers =
            tokio::task::block_in_place(|| self.judge.ask(self.subject.index, &questions))
                .map_err(ProveError::Judge)?;
        for (row, answer) in new.into_iter().zip(answers) {
            self.judge_row(change, row, answer).await?;
        }
        Ok(is_read)
    }

    async fn judge_row(
        &mut self,
        change: &Change,
        row: Vec<Parameter>,
        answer: Answer,
    ) -> Result<(), ProveError> {
        self.tally.table.read += 1;
        let mut has_null = false;
        for (place, (_, bytes)) in row.iter().enumerate() {
            self.tally.seen[place] |= bytes.is_some();
            if bytes.is_none() && self.never_null.get(place) == Some(&true) {
                has_null = true;
                let how = "the contract says that it is never NULL, and here it is";
                let sql = self.reproduction(change);
                self.tally.differs(place, how.to_owned(), sql);
            }
        }
        let wrong = match answer {
            Answer::Columns(columns) => {
                let mut wrong = Vec::new();
                for (place, (stored, read)) in row.iter().zip(&columns).enumerate() {
                    if stored.1 != read.1 && !self.is_same(stored, read).await? {
                        wrong.push((place, "it is read as another value".to_owned()));
                    }
                }
                self.last = Some(row);
                wrong
            }
            // It says why.
            _ if has_null => Vec::new(),
            Answer::Unreadable(error) | Answer::Panic(error) => {
                vec![(
                    self.at_fault(&row),
                    format!("the row cannot be read: {error}"),
                )]
            }
            _ => Vec::new(),
        };
        for (place, how) in wrong {
            match self.tally.is_narrower(place) {
                true => self.tally.narrower(place),
                false => {
                    let sql = self.reproduction(change);
                    self.tally.differs(place, how, sql);
                }
            }
        }
        Ok(())
    }

    /// The column of a row that cannot be read: one that is other than in the last row that could be, and of those one that
    /// holds less than PostgreSQL, or is NULL here.
    fn at_fault(&self, row: &[Parameter]) -> usize {
        let last = self.last.as_deref().unwrap_or_default();
        let others = (0..row.len()).filter(|place| last.get(*place) != row.get(*place));
        let likely = |place: &usize| match self.tally.is_narrower(*place) {
            true => 0,
            false => 1 + usize::from(row[*place].1.is_some()),
        };
        others.min_by_key(likely).unwrap_or_default()
    }

    async fn is_same(&mut self, stored: &Parameter, read: &Parameter) -> Result<bool, ProveError> {
        let attempt = Attempt {
            sql: comparison(stored.0),
            parameters: vec![stored.clone(), read.clone()],
            is_text: false,
        };
        let outcomes = self.server.run(&[attempt]).await?;
        Ok(match outcomes.first() {
            Some(Outcome::Accepted(rows)) => rows
                .first()
                .and_then(|row| row.first())
                .is_some_and(|(_, bytes)| bytes.as_deref() == Some(&[1])),
            Some(Outcome::Cancelled) | None => {
                self.tally.not_decided(TOO_LONG);
                true
            }
            Some(Outcome::Refused(_)) => is_same_document(stored, read),
        })
    }

    /// The statements that show what comes out.
    fn reproduction(&self, change: &Change) -> String {
        let tables = self.tables.iter().enumerate();
        let mut lines: Vec<String> = tables
            .filter(|(index, _)| !matches!(change, Change::Emptied(table) if table == index))
            .map(|(index, filled)| {
                let row = match change {
                    Change::Set(table, column, cell) if *table == index => updated(*column, cell),
                    _ => Row {
                        operation: Operation::Insert,
                        changes: Vec::new(),
                    },
                };
                reproduction::of(filled.subject, &filled.good, &row)
            })
            .collect();
        lines.extend(
            self.refresh
                .iter()
                .map(|attempt| format!("{};", attempt.sql)),
        );
        lines.push(format!("{};", self.subject.query()));
        lines.join("\n")
    }
}

fn updated(column: usize, cell: &Cell) -> Row {
    Row {
        operation: Operation::Update,
        changes: vec![(column, cell.clone())],
    }
}
