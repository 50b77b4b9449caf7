//! Mutants: each rule of the generated code, changed by one. The rows that were tried are judged again for each; one that
//! none of them notices is a rule that the rows do not hold, unless it is no other rule: [`equivalent`] says why.
//!
//! All mutants are compiled at once: [`edit`] puts a switch at each place, and the judge is told which one is on.

mod compile;
mod edit;
mod equivalent;
mod kinds;
mod reach;
mod text;
mod worker;

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::ProveError;
use super::judge::{Answer, Parameter, Query, Question, Value, Violation};
use super::rows::{Operation, Row};
use super::scratch::Workshop;
use super::server::{Outcome, Refusal};
use super::subject::Subject;
use super::verdict::{self, Evidence, Verdict};
use crate::generate::contract::Contract;
use crate::generate::files::Generated;
use edit::Mutant;
use reach::Reach;
use worker::Worker;

/// How a report begins the line of a mutant that was not noticed.
pub(crate) const NOT_NOTICED: &str = "not noticed: ";

/// The rows of a table that were tried, with PostgreSQL's verdicts.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    rows: Vec<(Row, Question, Evidence)>,
    refusals: HashMap<(Operation, usize, String), Refusal>,
}

/// What was found of the mutants.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct MutantReport {
    /// Whether only those were tried that an earlier report lists as not noticed.
    pub(crate) only_earlier: bool,
    /// How many were tried.
    pub(crate) tried: usize,
    /// How many were noticed.
    pub(crate) noticed: usize,
    /// How many do not compile.
    pub(crate) not_compiled: usize,
    /// Those that were not noticed: `file:line: what`.
    pub(crate) survivors: Vec<String>,
    /// Those that were not noticed and are no other rule: `file:line: what: why`.
    pub(crate) equivalent: Vec<String>,
}

impl MutantReport {
    /// The share that was noticed of those that are another rule, in percent.
    pub(crate) fn share(&self) -> f64 {
        let others = self.tried - self.equivalent.len();
        100.0 * self.noticed as f64 / others.max(1) as f64
    }
}

impl Recorded {
    /// Keeps a row on which both agree, as Diesel sends it; also one on which they agree without a rule that the contract
    /// leaves to the database.
    pub(crate) fn keep(
        &mut self,
        row: &Row,
        document: Option<Value>,
        before: &[Parameter],
        evidence: &Evidence,
        verdict: &Verdict,
    ) {
        let (Some(document), Some(answer)) = (document, &evidence.answer) else {
            return;
        };
        let Answer::Judged {
            violations,
            alone,
            query,
        } = answer
        else {
            return;
        };
        // What Diesel cannot send must be refused before.
        let is_unsendable = query.is_err() && !violations.is_empty();
        let is_compared = evidence.is_sent
            && evidence.outcome.is_some()
            && !matches!(verdict, Verdict::Differ { .. } | Verdict::Silent);
        if !is_compared && !is_unsendable {
            return;
        }
        let question = match row.operation {
            Operation::Insert => Question::Insert(document),
            Operation::Update => Question::Update(document, before.to_vec()),
        };
        let outcome = match &evidence.outcome {
            Some(Outcome::Accepted(_)) => Some(Outcome::Accepted(Vec::new())),
            other => other.clone(),
        };
        let evidence = Evidence {
            answer: Some(Answer::Judged {
                violations: violations.clone(),
                alone: alone.clone(),
                query: query.clone().map(|query| Query {
                    sql: query.sql,
                    parameters: Vec::new(),
                }),
            }),
            is_sent: evidence.is_sent,
            outcome: outcome.filter(|_| !is_unsendable),
            by_literals: None,
            read: None,
            broken: evidence.broken.clone(),
            other_values: Vec::new(),
        };
        self.rows.push((row.clone(), question, evidence));
    }

    /// Takes how values are refused alone.
    pub(crate) fn refusals(&mut self, refusals: HashMap<(Operation, usize, String), Refusal>) {
        self.refusals = refusals;
    }

    /// Forgets the rows that differ even so: of a value that the server alone judges.
    fn settle(&mut self, subject: &Subject) {
        let Self { rows, refusals } = self;
        rows.retain(|(row, _, evidence)| {
            let verdict = verdict::of(subject, refusals, row, evidence);
            !matches!(verdict, Verdict::Differ { .. })
        });
    }

    /// Whether a row differs where the contract says this of it.
    fn differs(
        &self,
        subject: &Subject,
        place: usize,
        violations: Vec<Violation>,
        alone: Option<Vec<Violation>>,
    ) -> bool {
        let Some((row, _, evidence)) = self.rows.get(place) else {
            return false;
        };
        let Some(Answer::Judged { query, .. }) = &evidence.answer else {
            return false;
        };
        let evidence = Evidence {
            answer: Some(Answer::Judged {
                violations,
                alone,
                query: query.clone(),
            }),
            ..evidence.clone()
        };
        let verdict = verdict::of(subject, &self.refusals, row, &evidence);
        matches!(verdict, Verdict::Differ { .. })
    }
}

/// Compiles the mutants and judges the rows again for each.
pub(crate) fn run(
    workshop: &Workshop,
    crate_name: &str,
    generated: &Generated,
    contract: &Contract,
    tables: &mut [(&Subject, &mut Recorded)],
    types: &Value,
    earlier: Option<&str>,
) -> Result<MutantReport, ProveError> {
    let (scratch, mut mutants, not_compiled) =
        compile::compile(workshop, crate_name, generated, contract)?;
    if let Some(earlier) = earlier {
        let lines = earlier.lines();
        let listed: HashSet<&str> = lines
            .filter_map(|line| line.strip_prefix(NOT_NOTICED))
            .collect();
        mutants.retain(|mutant| listed.contains(mutant.line().as_str()));
    }
    for (subject, recorded) in tables.iter_mut() {
        recorded.settle(subject);
    }
    let tables: Vec<worker::Table<'_>> = tables
        .iter()
        .map(|(subject, recorded)| worker::Table {
            file: contract
                .tables
                .get(subject.index)
                .map(|table| format!("{}.rs", table.path().replace("::", "/")))
                .unwrap_or_default(),
            subject,
            recorded,
        })
        .collect();
    let contracts = generated.contracts.iter();
    let contracts = contracts.map(|file| (file.name.as_str(), file.text.as_str()));
    let reach =
        Reach::of(contracts).map_err(|error| ProveError::Judge(std::io::Error::other(error)))?;
    let queue = Mutex::new(mutants.iter());
    let not_noticed = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let working: Vec<_> = (0..workers)
            .map(|_| {
                scope.spawn(|| -> Result<(), ProveError> {
                    let mut worker = Worker::new(&scratch.program, types, &tables, &reach);
                    loop {
                        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some(mutant) = next else {
                            return Ok(());
                        };
                        if !worker.is_noticed(mutant)? {
                            not_noticed
                                .lock()
                                .unwrap_or_else(PoisonError::into_inner)
                                .push(mutant.number);
                        }
                    }
                })
            })
            .collect();
        for worker in working {
            worker
                .join()
                .map_err(|_| ProveError::Judge(std::io::Error::other("a thread panicked")))??;
        }
        Ok::<(), ProveError>(())
    })?;
    let not_noticed = not_noticed
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let mut report = MutantReport {
        only_earlier: earlier.is_some(),
        tried: mutants.len(),
        noticed: mutants.len() - not_noticed.len(),
        not_compiled,
        ..MutantReport::default()
    };
    for mutant in mutants {
        if !not_noticed.contains(&mutant.number) {
            continue;
        }
        let line = mutant.line();
        match equivalent::reason(&mutant, generated) {
            Some(why) => report.equivalent.push(format!("{line}: {why}")),
            None => report.survivors.push(line),
        }
    }
    Ok(report)
}
