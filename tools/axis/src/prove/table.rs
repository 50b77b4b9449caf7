//! One table, from its good row to what is found of it.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;

use super::ProveError;
use super::branches::Branches;
use super::judge::{Answer, Judge};
use super::mutants::Recorded;
use super::report::{ColumnReport, Found, Proof, TableReport};
use super::reproduction;
use super::rows::{self, Mixture, Operation, Row};
use super::server::{Outcome, Server};
use super::subject::{Cell, Subject};
use super::trial::{Trial, is_mixable};
use super::verdict::{Category, Evidence, Verdict};

/// Differences that are shrunk for each table. The others are counted.
const SHRUNK: usize = 12;

/// How a table is proved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Rows for INSERT, and as many for UPDATE.
    pub(crate) rows: usize,
    /// What they are drawn with.
    pub(crate) seed: u64,
    /// Whether they are kept.
    pub(crate) recorded: bool,
}

/// Proves a table.
pub(crate) async fn prove(
    subject: &Subject,
    options: Options,
    judge: &mut Judge,
    server: &mut Server,
) -> Result<(TableReport, Recorded), ProveError> {
    let Options {
        rows: count,
        seed,
        recorded,
    } = options;
    let mut rng = Rng::with_seed(seed ^ hash(&subject.sql_name()));
    let mut tally = Tally::new(subject, recorded);
    if subject.is_read_only || !(subject.has_insert || subject.has_update) {
        return Ok((tally.only_read(), Recorded::default()));
    }
    // Of four rows one is of a value that no list has.
    let share = count / 4 / subject.columns.len().max(1);
    let subject = &subject.with_random(share.clamp(1, 100), &mut rng.fork());
    let candidates = rows::candidates(subject, &mut rng);
    let mut trial = match Trial::begin(subject, candidates, judge, server).await? {
        Ok(trial) => trial,
        Err(reason) => return Ok((tally.undecided(&reason), Recorded::default())),
    };
    let mut branches = Branches::draw(&mut trial, &mut rng.fork()).await?;
    for operation in [Operation::Insert, Operation::Update] {
        let is_there = match operation {
            Operation::Insert => subject.has_insert,
            Operation::Update => subject.has_update,
        };
        if !is_there {
            continue;
        }
        let mut singles = rows::singles(subject, operation);
        if operation == Operation::Insert {
            // The good row itself.
            singles.insert(
                0,
                Row {
                    operation,
                    changes: Vec::new(),
                },
            );
        }
        let found = trial.run(&singles, true).await?;
        let mixture = mixture(&singles, &found);
        tally.take(&mut trial, singles, found).await?;
        let (places, of_branches): (Vec<usize>, Vec<Row>) =
            branches.rows(subject, operation).into_iter().unzip();
        let found = trial.run(&of_branches, false).await?;
        for (place, (evidence, _)) in places.into_iter().zip(&found) {
            branches.take(place, evidence);
        }
        tally.take(&mut trial, of_branches, found).await?;
        let further = further(subject, operation);
        let found = trial.run(&further, false).await?;
        tally.take(&mut trial, further, found).await?;
        let mut neighbours = mixture.neighbours(operation, |index, cell| {
            let key = (operation, index, format!("{cell:?}"));
            // A rule of a domain is asked with the type, one of the table after all types.
            let refusal = trial.refusals.get(&key);
            refusal.map(|refusal| (refusal.code.clone(), refusal.data_type.clone()))
        });
        neighbours.extend(mixture.reasons(operation));
        let found = trial.run(&neighbours, false).await?;
        tally.take(&mut trial, neighbours, found).await?;
        let rest = count.saturating_sub(tally.rows(operation)).max(count / 4);
        let mixed = mixture.rows(operation, rest, &mut rng);
        let found = trial.run(&mixed, false).await?;
        tally.take(&mut trial, mixed, found).await?;
    }
    tally.report.branches = branches.report();
    for (reason, rows) in std::mem::take(&mut trial.not_asked) {
        *tally.report.undecided.entry(reason).or_default() += rows;
    }
    tally.recorded.refusals(std::mem::take(&mut trial.refusals));
    Ok((tally.report, tally.recorded))
}

/// FNV-1a: the same on every machine, which `Hash` does not promise.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The rows that the subject brings.
fn further(subject: &Subject, operation: Operation) -> Vec<Row> {
    let index = |name: &String| {
        subject
            .columns
            .iter()
            .position(|column| column.name == *name)
    };
    subject
        .further
        .iter()
        .map(|row| {
            let mut changes: Vec<(usize, Cell)> = row
                .iter()
                .filter_map(|(name, cell)| Some((index(name)?, cell.clone())))
                .filter(|(index, cell)| {
                    operation == Operation::Insert
                        || (!subject.columns[*index].is_key && *cell != Cell::Absent)
                })
                .collect();
            changes.sort_by_key(|(index, _)| *index);
            Row { operation, changes }
        })
        .filter(|row| !row.changes.is_empty())
        .collect()
}

/// The cells that serde reads, by PostgreSQL's verdict.
fn mixture(rows: &[Row], found: &[(Evidence, Verdict)]) -> Mixture {
    let mut accepted: BTreeMap<usize, Vec<Cell>> = BTreeMap::new();
    let mut refused: BTreeMap<usize, Vec<Cell>> = BTreeMap::new();
    let mut reasons: BTreeMap<(u8, usize, String), Cell> = BTreeMap::new();
    for (row, (evidence, verdict)) in rows.iter().zip(found) {
        let ([(index, cell)], true) = (row.changes.as_slice(), is_mixable(evidence)) else {
            continue;
        };
        if matches!(verdict, Verdict::Narrower(_)) || cell.draw().is_some_and(|draw| draw.is_costly)
        {
            continue;
        }
        let cells = match &evidence.outcome {
            Some(Outcome::Accepted(_)) => &mut accepted,
            Some(Outcome::Refused(_)) => &mut refused,
            Some(Outcome::Cancelled) | None => continue,
        };
        cells.entry(*index).or_default().push(cell.clone());
        if let (Some(Answer::Judged { violations, .. }), Some(Outcome::Refused(refusal))) =
            (&evidence.answer, &evidence.outcome)
            && let Some(violation) = violations.first()
        {
            // What is read, then what is converted, then what is asked of the whole row.
            let step = match violation.kind.as_str() {
                "Type" if refusal.context.is_some() => 0,
                "Type" | "Domain" => 1,
                _ => 2,
            };
            let reason = (step, *index, violation.name.clone());
            reasons.entry(reason).or_insert_with(|| cell.clone());
        }
    }
    let reasons = reasons.into_iter();
    Mixture {
        reasons: reasons.map(|((_, index, _), cell)| (index, cell)).collect(),
        accepted: accepted.into_iter().collect(),
        refused: refused.into_iter().collect(),
    }
}

/// What was found so far.
struct Tally<'a> {
    subject: &'a Subject,
    report: TableReport,
    is_recorded: bool,
    recorded: Recorded,
    seen: BTreeSet<String>,
    shrunk: usize,
}

impl<'a> Tally<'a> {
    fn new(subject: &'a Subject, is_recorded: bool) -> Self {
        let columns = subject.columns.iter().map(|column| ColumnReport {
            name: column.name.clone(),
            data_type: column.data_type.clone(),
            proof: match &column.not_proved {
                Some(reason) => Proof::NotProved(reason.clone()),
                None => Proof::Exact,
            },
            narrower: column.narrower.clone(),
        });
        Self {
            subject,
            report: TableReport {
                name: subject.name.to_string(),
                columns: columns.collect(),
                ..TableReport::default()
            },
            is_recorded,
            recorded: Recorded::default(),
            seen: BTreeSet::new(),
            shrunk: 0,
        }
    }

    fn rows(&self, operation: Operation) -> usize {
        match operation {
            Operation::Insert => self.report.inserts,
            Operation::Update => self.report.updates,
        }
    }

    fn only_read(mut self) -> TableReport {
        for column in &mut self.report.columns {
            column.proof.becomes(Proof::OnlyRead);
        }
        self.report
    }

    fn undecided(mut self, reason: &str) -> TableReport {
        self.report.undecided_table = Some(format!(
            "no row was found that PostgreSQL accepts; to the first: {reason}"
        ));
        for column in &mut self.report.columns {
            if column.proof == Proof::Exact {
                column.proof = Proof::NotProved("its table has no row to begin with".to_owned());
            }
        }
        self.report
    }

    async fn take(
        &mut self,
        trial: &mut Trial<'_>,
        rows: Vec<Row>,
        found: Vec<(Evidence, Verdict)>,
    ) -> Result<(), ProveError> {
        for (row, (evidence, verdict)) in rows.into_iter().zip(found) {
            if self.is_recorded {
                let document = trial.good.document(self.subject, &row);
                self.recorded
                    .keep(&row, document, &trial.before, &evidence, &verdict);
            }
            if verdict != Verdict::Silent {
                match row.operation {
                    Operation::Insert => self.report.inserts += 1,
                    Operation::Update => self.report.updates += 1,
                }
                let is_accepted = evidence.outcome.as_ref().is_some_and(Outcome::is_accepted);
                // Of an undecided row, that is the verdict without what is left to the database.
                let is_decided = !matches!(verdict, Verdict::Undecided(_));
                self.report.accepted += usize::from(is_accepted && is_decided);
            }
            match &verdict {
                Verdict::Agree | Verdict::Silent => {}
                Verdict::Narrower(column) => {
                    self.report.narrower += 1;
                    self.report.columns[*column].proof.becomes(Proof::Narrower);
                }
                Verdict::Undecided(reason) => {
                    *self.report.undecided.entry(reason.clone()).or_default() += 1;
                }
                Verdict::Differ {
                    category,
                    signature,
                    ..
                } => {
                    *self.report.count(*category) += 1;
                    let columns: Vec<usize> = match row.changes.as_slice() {
                        [(column, _)] => vec![*column],
                        _ => Vec::new(),
                    };
                    let key = format!("{category:?}{signature}{columns:?}");
                    let is_new = self.seen.insert(key);
                    if is_new && self.shrunk < SHRUNK {
                        self.shrunk += 1;
                        self.shrink(trial, &row, &verdict, *category).await?;
                    } else if columns.is_empty() && !is_new {
                        continue;
                    } else {
                        self.differs(&columns);
                    }
                }
            }
        }
        Ok(())
    }

    async fn shrink(
        &mut self,
        trial: &mut Trial<'_>,
        row: &Row,
        verdict: &Verdict,
        category: Category,
    ) -> Result<(), ProveError> {
        let shrunk = trial.shrink(row, verdict).await?;
        let columns: Vec<usize> = shrunk.row.changes.iter().map(|(index, _)| *index).collect();
        self.differs(&columns);
        let found = Found {
            category,
            columns: columns
                .iter()
                .map(|index| self.subject.columns[*index].name.clone())
                .collect(),
            how: shrunk.how,
            sql: reproduction::of(self.subject, &trial.good, &shrunk.row),
        };
        if !self.report.found.contains(&found) {
            self.report.found.push(found);
        }
        Ok(())
    }

    fn differs(&mut self, columns: &[usize]) {
        for column in columns {
            self.report.columns[*column].proof.becomes(Proof::Differs);
        }
    }
}
