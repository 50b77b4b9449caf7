//! Mutants: each rule of the generated code, changed by one. The rows that were tried are judged again for each; one that
//! none of them notices is a rule that the rows do not hold.
//!
//! All mutants are compiled at once: [`edit`] puts a switch at each place, and the judge is told which one is on.

mod edit;

use std::collections::HashMap;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Serialize;

use super::ProveError;
use super::judge::{Answer, Judge, Parameter, Question, Value};
use super::rows::{Operation, Row};
use super::scratch::{Scratch, ScratchError, Workshop};
use super::server::{Outcome, Refusal};
use super::subject::Subject;
use super::verdict::{self, Evidence, Verdict};
use crate::generate::contract::Contract;
use crate::generate::files::Generated;
use edit::Mutant;

/// Rows that are judged before it is seen whether one noticed.
const CHUNK: usize = 200;

/// How often what does not compile is left out before that is given up.
const ROUNDS: usize = 6;

/// How long a mutant may think. One that ends no loop is noticed by that.
const PATIENCE: Duration = Duration::from_secs(20);

/// The rows of a table that were tried, with PostgreSQL's verdicts.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    rows: Vec<(Row, Question, Evidence)>,
    refusals: HashMap<(Operation, usize, String), Refusal>,
}

/// What was found of the mutants.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct MutantReport {
    /// How many were tried.
    pub(crate) tried: usize,
    /// How many were noticed.
    pub(crate) noticed: usize,
    /// How many do not compile.
    pub(crate) not_compiled: usize,
    /// Those that were not noticed: `file:line: what`.
    pub(crate) survivors: Vec<String>,
}

impl Recorded {
    /// Keeps a row on which both agree, as Diesel sends it.
    pub(crate) fn keep(
        &mut self,
        row: &Row,
        document: Option<Value>,
        before: &[Parameter],
        evidence: &Evidence,
        verdict: &Verdict,
    ) {
        let agree = matches!(verdict, Verdict::Agree | Verdict::Narrower(_));
        let (true, true, Some(document), Some(outcome)) =
            (agree, evidence.is_sent, document, &evidence.outcome)
        else {
            return;
        };
        let question = match row.operation {
            Operation::Insert => Question::Insert(document),
            Operation::Update => Question::Update(document, before.to_vec()),
        };
        let outcome = match outcome {
            Outcome::Accepted(_) => Outcome::Accepted(Vec::new()),
            refused @ Outcome::Refused(_) => refused.clone(),
        };
        let evidence = Evidence {
            answer: None,
            is_sent: true,
            outcome: Some(outcome),
            by_literals: None,
            read: None,
            other_values: Vec::new(),
        };
        self.rows.push((row.clone(), question, evidence));
    }

    /// Takes how values are refused alone.
    pub(crate) fn refusals(&mut self, refusals: HashMap<(Operation, usize, String), Refusal>) {
        self.refusals = refusals;
    }
}

/// Compiles the mutants and judges the rows again for each.
pub(crate) fn run(
    workshop: &Workshop,
    crate_name: &str,
    generated: &Generated,
    contract: &Contract,
    tables: &[(&Subject, &Recorded)],
    types: &Value,
) -> Result<MutantReport, ProveError> {
    let (scratch, mutants, not_compiled) = compile(workshop, crate_name, generated, contract)?;
    let module = |subject: &Subject| {
        contract
            .tables
            .get(subject.index)
            .map(|table| format!("{}.rs", table.module))
    };
    let queue = Mutex::new(mutants.iter());
    let survivors = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let working: Vec<_> = (0..workers)
            .map(|_| {
                scope.spawn(|| -> Result<(), ProveError> {
                    let mut judge = None;
                    loop {
                        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some(mutant) = next else {
                            return Ok(());
                        };
                        let is_shared = !tables
                            .iter()
                            .any(|(subject, _)| module(subject).as_deref() == Some(&mutant.file));
                        let tables = tables.iter().filter(|(subject, _)| {
                            is_shared || module(subject).as_deref() == Some(&mutant.file)
                        });
                        let noticed =
                            is_noticed(&scratch.program, types, &mut judge, mutant, tables)?;
                        if !noticed {
                            survivors
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
    let survivors = survivors
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let lines: Vec<String> = mutants
        .iter()
        .filter(|mutant| survivors.contains(&mutant.number))
        .map(|mutant| format!("{}:{}: {}", mutant.file, mutant.line, mutant.what))
        .collect();
    Ok(MutantReport {
        tried: mutants.len(),
        noticed: mutants.len() - lines.len(),
        not_compiled,
        survivors: lines,
    })
}

/// Whether a row notices the mutant.
fn is_noticed<'a>(
    program: &Path,
    types: &Value,
    running: &mut Option<Judge>,
    mutant: &Mutant,
    tables: impl Iterator<Item = &'a (&'a Subject, &'a Recorded)>,
) -> Result<bool, ProveError> {
    let judge = match running {
        Some(judge) => judge,
        None => running.insert(Judge::start(program, types.clone()).map_err(ProveError::Judge)?),
    };
    judge
        .tell("mutant", Value::Unsigned(mutant.number.into()))
        .map_err(ProveError::Judge)?;
    for (subject, recorded) in tables {
        for rows in recorded.rows.chunks(CHUNK) {
            let questions: Vec<Question> = rows
                .iter()
                .map(|(_, question, _)| question.clone())
                .collect();
            let Some(answers) = ask_patiently(judge, subject.index, &questions) else {
                // It ended no loop, or took all memory: noticed, and this judge is of no more use.
                *running = None;
                return Ok(true);
            };
            for ((row, _, evidence), answer) in rows.iter().zip(answers) {
                if differs(subject, recorded, row, evidence, answer) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

fn differs(
    subject: &Subject,
    recorded: &Recorded,
    row: &Row,
    evidence: &Evidence,
    answer: Answer,
) -> bool {
    let evidence = Evidence {
        answer: Some(answer),
        ..evidence.clone()
    };
    let verdict = verdict::of(subject, &recorded.refusals, row, &evidence);
    matches!(verdict, Verdict::Differ { .. })
}

/// None where the judge does not answer in time.
fn ask_patiently(judge: &mut Judge, table: usize, questions: &[Question]) -> Option<Vec<Answer>> {
    let process = judge.process_id();
    let (done, waiting) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if waiting.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                // Its pipes break, and the question ends.
                let _ = kill(Pid::from_raw(process), Signal::SIGKILL);
            }
        });
        let answers = judge.ask(table, questions).ok();
        drop(done);
        answers
    })
}

/// Compiles, and leaves out what does not. Gives the mutants and how many were left out.
fn compile(
    workshop: &Workshop,
    crate_name: &str,
    generated: &Generated,
    contract: &Contract,
) -> Result<(Scratch, Vec<Mutant>, usize), ProveError> {
    let name = format!("{crate_name}_mutants");
    let mut left_out: Vec<u32> = Vec::new();
    for round in 0.. {
        let (mutated, mutants) = mutate(generated, &left_out)?;
        match workshop.build(&name, &mutated, contract) {
            Ok(scratch) => return Ok((scratch, mutants, left_out.len())),
            Err(ScratchError::Generated {
                folder,
                messages,
                places,
            }) if round < ROUNDS => {
                let before = left_out.len();
                for (file, place) in &places {
                    let text = mutated
                        .contracts
                        .iter()
                        .find(|found| file.ends_with(&format!("/{}", found.name)));
                    if let Some(text) = text {
                        left_out.extend(numbers(&text.text, place));
                    }
                }
                left_out.sort_unstable();
                left_out.dedup();
                if left_out.len() == before {
                    return Err(ScratchError::Generated {
                        folder,
                        messages,
                        places,
                    }
                    .into());
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(ProveError::Judge(std::io::Error::other(
        "the mutants do not compile",
    )))
}

fn mutate(generated: &Generated, left_out: &[u32]) -> Result<(Generated, Vec<Mutant>), ProveError> {
    let mut mutated = generated.clone();
    let mut mutants = Vec::new();
    let mut number = 0;
    for file in &mut mutated.contracts {
        if !file.name.ends_with(".rs") || file.name == "mod.rs" {
            continue;
        }
        let (text, found) =
            edit::mutate(&file.name, &file.text, &mut number, left_out).map_err(|error| {
                ProveError::Judge(std::io::Error::other(format!("{}: {error}", file.name)))
            })?;
        file.text = text;
        mutants.extend(found);
    }
    Ok((mutated, mutants))
}

/// The mutants that a message of the compiler points to; where it points to none, those of its line.
fn numbers(text: &str, place: &std::ops::Range<usize>) -> Vec<u32> {
    let of = |place: std::ops::Range<usize>| -> Vec<u32> {
        let part = text.get(place).unwrap_or_default();
        part.split('(')
            .skip(1)
            .filter_map(|rest| {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                digits.parse().ok()
            })
            .filter(|number| {
                let call = format!("({number}");
                // A number in parentheses that is no argument of the switch.
                ["is", "and", "or", "swap"]
                    .iter()
                    .any(|name| part.contains(&format!("{name}{call}")))
                    || part.contains(&format!("mutant_{call}"))
                    || part.match_indices(&call).any(|(at, _)| {
                        part.get(..at)
                            .unwrap_or_default()
                            .rsplit(|c: char| !c.is_alphanumeric() && c != '_')
                            .next()
                            .is_some_and(|word| word.starts_with("mutant_"))
                    })
            })
            .collect()
    };
    let exact = of(place.clone());
    if !exact.is_empty() {
        return exact;
    }
    let start = text
        .get(..place.start)
        .unwrap_or_default()
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let end = text
        .get(place.end..)
        .unwrap_or_default()
        .find('\n')
        .map_or(text.len(), |at| place.end + at);
    of(start..end)
}
