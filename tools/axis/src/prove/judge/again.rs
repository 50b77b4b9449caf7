//! Rows that are judged again and again, for mutants: read once, and only those are told whose verdict is another.

use std::collections::HashMap;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::{Row, Table, Value, mutant, one};

/// A violation: the constraint's name, its kind, and its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    name: &'static str,
    kind: String,
    columns: &'static [&'static str],
}

/// What a contract says of a row, and of an update whatever row it changes.
type Verdict = (Vec<Said>, Option<Vec<Said>>);

/// A row that was read, with its contract.
pub type Kept = Box<dyn Fn() -> Verdict>;

/// After so long, what was found is told.
const SLICE: Duration = Duration::from_millis(500);

/// So many rows are told at once.
const TOLD: usize = 50;

/// A violation.
pub fn said(name: &'static str, kind: &impl Debug, columns: &'static [&'static str]) -> Said {
    Said {
        name,
        kind: format!("{kind:?}"),
        columns,
    }
}

/// A row, what is said of it while no mutant is chosen, and the place of the switches that are asked for that.
type Judged = (Kept, Verdict, usize);

/// The rows of each table. None for a row that cannot be read: it keeps its place.
pub(crate) struct Rows {
    tables: Vec<Vec<Option<Judged>>>,
    /// Switches that rows ask, each list once.
    asked: Vec<Vec<u32>>,
    known: HashMap<Vec<u32>, usize>,
}

impl Rows {
    pub(crate) fn new(tables: usize) -> Self {
        Self {
            tables: (0..tables).map(|_| Vec::new()).collect(),
            asked: Vec::new(),
            known: HashMap::new(),
        }
    }

    /// Keeps a row.
    pub(crate) fn keep(&mut self, tables: &[Table], mut question: Value) {
        let index = question.take("table").number() as usize;
        let (Some(table), Some(rows)) = (tables.get(index), self.tables.get_mut(index)) else {
            return;
        };
        mutant::choose(0);
        let kept = match (question.take("insert"), question.take("update")) {
            (Value::Null, row) => table
                .keep_update
                .and_then(|keep| keep(row, &Row::new(question.take("before")))),
            (row, _) => table.keep_insert.and_then(|keep| keep(row)),
        };
        rows.push(kept.map(|kept| {
            let (now, asked) = mutant::noted(&kept);
            let next = self.asked.len();
            let place = *self.known.entry(asked).or_insert_with_key(|asked| {
                self.asked.push(asked.clone());
                next
            });
            (kept, now, place)
        }));
    }

    /// The rows whose verdict is another while the chosen mutant is on, from a place on: `[place, violations, alone]`, and
    /// the place to go on from. A row that panics has a text for its violations.
    pub(crate) fn again(&self, table: usize, from: usize) -> Value {
        let begun = Instant::now();
        let rows = self.tables.get(table).map_or(&[][..], Vec::as_slice);
        let chosen = mutant::chosen();
        let asked = self.asked.iter();
        let is_asked: Vec<bool> = asked
            .map(|asked| asked.binary_search(&chosen).is_ok())
            .collect();
        let mut told = Vec::new();
        for (place, row) in rows.iter().enumerate().skip(from) {
            if told.len() >= TOLD || begun.elapsed() > SLICE {
                return answer(told, Value::Unsigned(place as u64));
            }
            let Some((kept, before, asked)) = row else {
                continue;
            };
            if !is_asked[*asked] {
                continue;
            }
            let now = catch_unwind(AssertUnwindSafe(kept));
            match now {
                Err(_) => told.push(Value::List(vec![
                    Value::Unsigned(place as u64),
                    Value::text("it panics"),
                    Value::Null,
                ])),
                Ok(now) if *before != now => told.push(Value::List(vec![
                    Value::Unsigned(place as u64),
                    values(&now.0),
                    now.1.as_deref().map_or(Value::Null, values),
                ])),
                Ok(_) => {}
            }
        }
        answer(told, Value::Null)
    }
}

/// Violations as values.
pub(crate) fn values(said: &[Said]) -> Value {
    let one = |said: &Said| {
        let columns = said.columns.iter().map(|column| Value::text(*column));
        Value::List(vec![
            Value::text(said.name),
            Value::text(&said.kind),
            Value::List(columns.collect()),
        ])
    };
    Value::List(said.iter().map(one).collect())
}

fn answer(told: Vec<Value>, next: Value) -> Value {
    let mut answer = one("rows", Value::List(told));
    if let Value::Map(members) = &mut answer {
        members.push(("next".to_owned(), next));
    }
    answer
}
