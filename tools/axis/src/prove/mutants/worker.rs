//! A judge that a thread puts mutants to.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::super::ProveError;
use super::super::judge::{Judge, Value};
use super::super::subject::Subject;
use super::reach::Reach;
use super::{Mutant, Recorded};

/// How long a mutant may think. One that ends no loop is noticed by that. A machine that is busy with something else, or a
/// judge that is stopped, is none: of so long it must have computed a quarter, which are so many ticks of a hundredth.
const PATIENCE: Duration = Duration::from_secs(20);
const COMPUTED: u64 = 500;

/// A table, its file, and the rows that were tried.
pub(super) struct Table<'a> {
    pub(super) file: String,
    pub(super) subject: &'a Subject,
    pub(super) recorded: &'a Recorded,
}

/// A judge, and what it was given.
pub(super) struct Worker<'a> {
    program: &'a Path,
    types: &'a Value,
    tables: &'a [Table<'a>],
    reach: &'a Reach,
    /// The table whose row noticed the last mutant of a function: it likely notices the next.
    last: HashMap<String, usize>,
    judge: Option<Judge>,
    given: BTreeSet<usize>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        program: &'a Path,
        types: &'a Value,
        tables: &'a [Table<'a>],
        reach: &'a Reach,
    ) -> Self {
        Self {
            program,
            types,
            tables,
            reach,
            last: HashMap::new(),
            judge: None,
            given: BTreeSet::new(),
        }
    }

    /// Whether a row notices the mutant.
    pub(super) fn is_noticed(&mut self, mutant: &Mutant) -> Result<bool, ProveError> {
        let tables = self.tables;
        let own = tables.iter().any(|table| table.file == mutant.file);
        let reached = self.reach.files(&mutant.within);
        let mut asked: Vec<&Table<'_>> = tables
            .iter()
            .filter(|table| match own {
                true => table.file == mutant.file,
                false => reached.contains(table.file.as_str()),
            })
            .filter(|table| !table.recorded.rows.is_empty())
            .collect();
        let last = self.last.get(&mutant.within).copied();
        asked.sort_by_key(|table| Some(table.subject.index) != last);
        for table in &asked {
            self.give(table).map_err(ProveError::Judge)?;
        }
        let judge = self.choose(mutant).map_err(ProveError::Judge)?;
        for table in asked {
            let mut from = Some(0);
            while let Some(place) = from {
                let index = table.subject.index;
                let Some(again) = patiently(judge, |judge| judge.again(index, place)) else {
                    // It ended no loop, or took all memory: noticed, and this judge is of no more use.
                    self.end();
                    return Ok(true);
                };
                let differs = again.rows.into_iter().any(|row| match row.violations {
                    Some(violations) => {
                        table
                            .recorded
                            .differs(table.subject, row.place, violations, row.alone)
                    }
                    None => true,
                });
                if differs {
                    self.last.insert(mutant.within.clone(), index);
                    return Ok(true);
                }
                from = again.next;
            }
        }
        Ok(false)
    }

    fn judge(&mut self) -> std::io::Result<&mut Judge> {
        match &mut self.judge {
            Some(judge) => Ok(judge),
            none => Ok(none.insert(Judge::start(self.program, self.types.clone())?)),
        }
    }

    fn choose(&mut self, mutant: &Mutant) -> std::io::Result<&mut Judge> {
        let judge = self.judge()?;
        judge.tell("mutant", Value::Unsigned(mutant.number.into()))?;
        Ok(judge)
    }

    fn give(&mut self, table: &Table<'_>) -> std::io::Result<()> {
        if self.given.insert(table.subject.index) {
            let questions = table.recorded.rows.iter().map(|(_, question, _)| question);
            self.judge()?.keep(table.subject.index, questions)?;
        }
        Ok(())
    }

    fn end(&mut self) {
        self.judge = None;
        self.given.clear();
    }
}

/// None where the judge does not answer in time.
fn patiently<T>(
    judge: &mut Judge,
    ask: impl FnOnce(&mut Judge) -> std::io::Result<T>,
) -> Option<T> {
    let process = judge.process_id();
    let (done, waiting) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut before = computed(process);
            while waiting.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let now = computed(process);
                if now
                    .zip(before)
                    .is_none_or(|(now, before)| now - before >= COMPUTED)
                {
                    // Its pipes break, and the question ends.
                    let _ = kill(Pid::from_raw(process), Signal::SIGKILL);
                    return;
                }
                before = now;
            }
        });
        let answer = ask(judge).ok();
        drop(done);
        answer
    })
}

/// How long a process has computed, in ticks. None where the system does not say.
fn computed(process: i32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Its name may hold blanks. User's and system's time are the fourteenth and fifteenth.
    let (_, after_name) = status.rsplit_once(')')?;
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks.map(|ticks| ticks.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_computes_is_told_from_what_waits() {
        let own = i32::try_from(std::process::id()).unwrap();
        let before = computed(own).unwrap();
        let begun = std::time::Instant::now();
        let mut sum = 0_u64;
        while computed(own).unwrap() < before + 5 {
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "it computes nothing"
            );
            sum = (0..1_000_000).fold(sum, |sum, number| sum.wrapping_mul(31).wrapping_add(number));
        }
        assert_ne!(sum, 0);
        let mut sleeping = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let process = i32::try_from(sleeping.id()).unwrap();
        std::thread::sleep(Duration::from_millis(200));
        assert!(computed(process).unwrap() < 5);
        sleeping.kill().unwrap();
        sleeping.wait().unwrap();
        assert_eq!(computed(process), None);
    }
}
