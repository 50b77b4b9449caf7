//! The rows that are tried: each value by itself beside a good row, then pairs and mixtures.

use std::sync::Arc;

use fastrand::Rng;

use super::draw::Draw;
use super::judge::Value;
use super::server::Attempt;
use super::subject::{Cell, Column, Subject, quoted};

/// What is done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Operation {
    /// INSERT
    Insert,
    /// UPDATE of one row that is there.
    Update,
}

/// A row to try: where it differs from the good one. An UPDATE sets these columns and no others.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// What is done.
    pub(crate) operation: Operation,
    /// The columns that differ, in order, and what is said of each.
    pub(crate) changes: Vec<(usize, Cell)>,
}

impl Row {
    /// How many bytes its values take, roughly.
    pub(crate) fn size(&self) -> usize {
        let draws = self.changes.iter().filter_map(|(_, cell)| cell.draw());
        draws.map(Draw::size).sum()
    }
}

/// A row that PostgreSQL accepts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Good(pub(crate) Vec<Cell>);

impl Good {
    /// What a row says of each column: an UPDATE says nothing of what it leaves.
    pub(crate) fn cells<'a>(&'a self, row: &'a Row) -> Vec<&'a Cell> {
        let mut cells: Vec<&Cell> = match row.operation {
            Operation::Insert => self.0.iter().collect(),
            Operation::Update => vec![&Cell::Absent; self.0.len()],
        };
        for (index, cell) in &row.changes {
            cells[*index] = cell;
        }
        cells
    }

    /// The row as serde reads it. None where a value has no such form.
    pub(crate) fn document(&self, subject: &Subject, row: &Row) -> Option<Value> {
        let mut members = Vec::new();
        for (column, cell) in subject.columns.iter().zip(self.cells(row)) {
            if let Some(value) = cell.value()? {
                members.push((column.wire_name.clone(), value));
            }
        }
        Some(Value::Map(members))
    }

    /// The row as literals. None where a value has none.
    pub(crate) fn literals(&self, subject: &Subject, row: &Row) -> Option<Attempt> {
        let mut names = Vec::new();
        let mut parameters = Vec::new();
        for (column, cell) in subject.columns.iter().zip(self.cells(row)) {
            let bytes = match cell {
                Cell::Absent => continue,
                Cell::Null => None,
                Cell::Value(draw) => Some(draw.literal.clone()?.into_bytes()),
            };
            names.push(quoted(&column.name));
            parameters.push((0, bytes));
        }
        Some(Attempt {
            sql: self.sql(subject, row.operation, &names)?,
            parameters,
            is_text: true,
        })
    }

    fn sql(&self, subject: &Subject, operation: Operation, names: &[String]) -> Option<String> {
        let table = subject.sql_name();
        let returning = subject.returning();
        Some(match operation {
            Operation::Insert if names.is_empty() => {
                format!("INSERT INTO {table} DEFAULT VALUES{returning}")
            }
            Operation::Insert => {
                let places: Vec<String> = (1..=names.len()).map(|n| format!("${n}")).collect();
                format!(
                    "INSERT INTO {table} ({}) VALUES ({}){returning}",
                    names.join(", "),
                    places.join(", ")
                )
            }
            Operation::Update if names.is_empty() => return None,
            Operation::Update => {
                let sets: Vec<String> = names
                    .iter()
                    .enumerate()
                    .map(|(index, name)| format!("{name} = ${}", index + 1))
                    .collect();
                format!("UPDATE {table} SET {}{returning}", sets.join(", "))
            }
        })
    }
}

/// Rows that may be good ones, the most likely first.
pub(crate) fn candidates(subject: &Subject, rng: &mut Rng) -> Vec<Good> {
    let plain = |column: &Column| match column.draws.first() {
        Some(draw) => Cell::Value(draw.clone()),
        None => Cell::Absent,
    };
    let build = |mut choose: Box<dyn FnMut(&Column) -> Cell + '_>| {
        Good(
            subject
                .columns
                .iter()
                .map(|column| match column {
                    column if column.is_computed() || column.not_proved.is_some() => Cell::Absent,
                    column => choose(column),
                })
                .collect(),
        )
    };
    let mut candidates = vec![
        build(Box::new(|column| match column.may_be_absent() {
            true => Cell::Absent,
            false => plain(column),
        })),
        build(Box::new(plain)),
    ];
    for share in 0..400 {
        candidates.push(build(Box::new(|column| {
            if column.may_be_absent() && rng.usize(..5) < share % 5 {
                return Cell::Absent;
            }
            match rng.choice(&column.draws) {
                Some(draw) if is_good(draw) => Cell::Value(draw.clone()),
                _ => plain(column),
            }
        })));
    }
    candidates
}

impl Good {
    /// The row with other values in the columns that a CHECK reads, which refused it. Every second time one value for all of
    /// them: the CHECK of a domain of several columns is hardly met by each at once. `attempt` counts the drawings: of a single
    /// column every second one takes the next value, the last first, which come from the CHECK itself.
    pub(crate) fn redrawn(
        &self,
        subject: &Subject,
        columns: &[usize],
        attempt: usize,
        rng: &mut Rng,
    ) -> Self {
        let mut cells = self.0.clone();
        if let ([index], 0) = (columns, attempt % 2) {
            let column = &subject.columns[*index];
            let is_drawn = !column.is_computed() && column.not_proved.is_none();
            let mut draws = column.draws.iter().rev().filter(|draw| is_good(draw));
            if let (true, Some(draw)) = (is_drawn, draws.nth(attempt / 2)) {
                cells[*index] = Cell::Value(draw.clone());
                return Self(cells);
            }
        }
        let first = columns.first().filter(|_| rng.bool());
        let shared = first.and_then(|index| rng.choice(&subject.columns[*index].draws));
        let shared = shared
            .filter(|draw| is_good(draw))
            .and_then(|draw| draw.literal.clone());
        for index in columns {
            let column = &subject.columns[*index];
            if column.is_computed() || column.not_proved.is_some() {
                continue;
            }
            let same = shared.as_ref().and_then(|literal| {
                let mut same = column.draws.iter().filter(|draw| is_good(draw));
                same.find(|draw| draw.literal.as_ref() == Some(literal))
            });
            if let Some(draw) = same {
                cells[*index] = Cell::Value(draw.clone());
            } else if column.may_be_absent() && rng.usize(..4) == 0 {
                cells[*index] = Cell::Absent;
            } else if column.nullable && rng.usize(..4) == 0 {
                cells[*index] = Cell::Null;
            } else if let Some(draw) = rng.choice(&column.draws).filter(|draw| is_good(draw)) {
                cells[*index] = Cell::Value(draw.clone());
            }
        }
        Self(cells)
    }
}

/// Whether a value may stand in a good row, which is written as literals first.
fn is_good(draw: &Draw) -> bool {
    draw.value.is_some() && draw.literal.is_some() && !draw.is_extreme && !draw.is_costly
}

/// What is tried for a column: each value, NULL, and nothing.
pub(crate) fn cells(column: &Column, operation: Operation) -> Vec<Cell> {
    if column.is_computed() {
        return column
            .draws
            .iter()
            .take(1)
            .cloned()
            .map(Cell::Value)
            .collect();
    }
    if operation == Operation::Update && column.is_key {
        return Vec::new();
    }
    // What a costly value shows of a type, an INSERT has shown. A length of the column's own is asked for by both.
    let is_tried =
        |draw: &&Arc<Draw>| operation == Operation::Insert || !draw.is_costly || column.has_limit;
    let draws = column.draws.iter().filter(is_tried);
    let mut cells: Vec<Cell> = draws.cloned().map(Cell::Value).collect();
    // The null of JSON is no NULL: a NOT NULL column reads it as a value.
    if column.nullable || !column.reads_null {
        cells.push(Cell::Null);
    }
    if operation == Operation::Insert {
        cells.push(Cell::Absent);
    }
    cells
}

/// One row for each value of each column.
pub(crate) fn singles(subject: &Subject, operation: Operation) -> Vec<Row> {
    let mut rows = Vec::new();
    for (index, column) in subject.proved() {
        for cell in cells(column, operation) {
            rows.push(Row {
                operation,
                changes: vec![(index, cell)],
            });
        }
    }
    rows
}

/// What may be mixed: the values of each column that serde reads, and those of them that were refused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mixture {
    /// For each column, what PostgreSQL accepts.
    pub(crate) accepted: Vec<(usize, Vec<Cell>)>,
    /// For each column, what PostgreSQL refuses.
    pub(crate) refused: Vec<(usize, Vec<Cell>)>,
    /// For each reason that the contract gives, a value of a column, in the order in which PostgreSQL comes upon them.
    pub(crate) reasons: Vec<(usize, Cell)>,
}

impl Mixture {
    /// Pairs of refused values of neighbours: the first reason is the same for both. One of each sort of value.
    pub(crate) fn neighbours(
        &self,
        operation: Operation,
        sort: impl Fn(usize, &Cell) -> Option<(String, Option<String>)>,
    ) -> Vec<Row> {
        let one_of_each = |(index, cells): &(usize, Vec<Cell>)| {
            let mut seen = Vec::new();
            let mut kept = Vec::new();
            for cell in cells {
                let sort = sort(*index, cell);
                if !seen.contains(&sort) {
                    seen.push(sort);
                    kept.push((*index, cell.clone()));
                }
            }
            kept
        };
        let columns: Vec<_> = self.refused.iter().map(one_of_each).collect();
        let mut rows = Vec::new();
        for distance in 1..=3 {
            for (left, right) in columns.iter().zip(columns.iter().skip(distance)) {
                for (left, right) in left
                    .iter()
                    .flat_map(|left| right.iter().map(move |right| (left, right)))
                {
                    rows.push(Row {
                        operation,
                        changes: vec![left.clone(), right.clone()],
                    });
                }
            }
        }
        rows
    }

    /// Pairs of values that are refused for reasons which follow each other.
    pub(crate) fn reasons(&self, operation: Operation) -> Vec<Row> {
        let mut rows = Vec::new();
        for distance in 1..=3 {
            let pairs = self.reasons.iter().zip(self.reasons.iter().skip(distance));
            for (left, right) in pairs.filter(|(left, right)| left.0 != right.0) {
                let mut changes = vec![left.clone(), right.clone()];
                changes.sort_by_key(|(index, _)| *index);
                rows.push(Row { operation, changes });
            }
        }
        rows
    }

    /// So many rows: pairs of refused values, refused among accepted ones, and accepted ones alone.
    pub(crate) fn rows(&self, operation: Operation, count: usize, rng: &mut Rng) -> Vec<Row> {
        let mut rows = Vec::with_capacity(count);
        if self.accepted.is_empty() && self.refused.is_empty() {
            return rows;
        }
        for number in 0..count {
            let mut changes: Vec<(usize, Cell)> = Vec::new();
            let refused = match number % 4 {
                0 | 1 => 2,
                2 => 1,
                _ => 0,
            };
            for _ in 0..refused {
                take(&self.refused, &mut changes, rng);
            }
            let others = match number % 4 {
                0 => 0,
                1 | 2 => rng.usize(..3),
                _ => rng.usize(1..=self.accepted.len().clamp(1, 8)),
            };
            for _ in 0..others {
                take(&self.accepted, &mut changes, rng);
            }
            changes.sort_by_key(|(index, _)| *index);
            if !changes.is_empty() {
                rows.push(Row { operation, changes });
            }
        }
        rows
    }
}

fn take(from: &[(usize, Vec<Cell>)], changes: &mut Vec<(usize, Cell)>, rng: &mut Rng) {
    let Some((index, cells)) = rng.choice(from) else {
        return;
    };
    if changes.iter().any(|(taken, _)| taken == index) {
        return;
    }
    if let Some(cell) = rng.choice(cells) {
        changes.push((*index, cell.clone()));
    }
}
