//! Rows that make each branch of each CHECK true, false and NULL, drawn from the trees of the CHECKs.
//!
//! [`tree`] says how the conditions of a CHECK are joined, [`questions`] asks PostgreSQL what the conditions without parts
//! say of each value that is worth a try, in the table without its CHECKs, and [`search`] finds rows in which one condition
//! alone decides what its CHECK says while all other CHECKs hold. [`bounds`] finds the values beside which an answer changes. The rows are tried as all others are. A branch counts as
//! reached only where PostgreSQL's verdict on the row is the one that the trees foretell.

mod bounds;
mod goals;
mod questions;
mod search;
mod sql;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use serde::Serialize;

use super::ProveError;
use super::rows::{Operation, Row};
use super::server::Outcome;
use super::subject::{Cell, Subject};
use super::trial::Trial;
use super::verdict::Evidence;
use goals::{Goal, Reached};
use questions::{Places, Questions};
use search::Search;
use tree::Truth;

/// What was reached of one word that branches may say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Count {
    /// Branches that may say it.
    pub(crate) possible: usize,
    /// Those that were seen to say it.
    pub(crate) seen: usize,
    /// Those that alone decided what their CHECK said, while all other CHECKs held.
    pub(crate) decided: usize,
}

/// What the rows reached of a table's CHECKs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct BranchReport {
    /// Branches: the conditions of the CHECKs, each CHECK as a whole among them.
    pub(crate) branches: usize,
    /// Branches that are true.
    pub(crate) is_true: Count,
    /// Branches that are false.
    pub(crate) is_false: Count,
    /// Branches that are NULL.
    pub(crate) is_null: Count,
    /// CHECKs, those of a domain once for each column.
    pub(crate) checks: usize,
    /// CHECKs that a row broke while all others held.
    pub(crate) broken_alone: usize,
    /// What was not reached.
    pub(crate) not_reached: Vec<NotReached>,
}

/// A branch that the rows do not show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct NotReached {
    /// The CHECK.
    pub(crate) check: String,
    /// The branch.
    pub(crate) branch: String,
    /// What it was not: `true`, `false` or `NULL`.
    pub(crate) value: &'static str,
    /// Whether it was that in some row, and only never decided alone.
    pub(crate) seen: bool,
}

/// The rows of a table that are drawn from its CHECKs.
#[derive(Default)]
pub(crate) struct Branches {
    questions: Questions,
    goals: Vec<Goal>,
    rows: Vec<Places>,
    reached: BTreeMap<Goal, Reached>,
}

impl Branches {
    /// Draws the rows.
    pub(crate) async fn draw(trial: &mut Trial<'_>, rng: &mut Rng) -> Result<Self, ProveError> {
        let mut questions = Questions::of(trial.subject, &trial.good);
        if questions.checks.is_empty() {
            return Ok(Self::default());
        }
        questions.ask(trial, rng).await?;
        let goals = goals::goals(&questions);
        let mut search = Search::new(&questions, rng.fork());
        tokio::task::block_in_place(|| search.run(&goals));
        let mut rows = search.rows;
        let bases = goals::bases(&goals, &search.found, &rows, &questions);
        let at_bounds = bounds::find(&questions, &bases, trial).await?;
        let mut further = Vec::new();
        for found in at_bounds {
            let mut row = found.base;
            row[found.column] = questions.add(found.column, found.cell);
            if !rows.contains(&row) {
                rows.push(row.clone());
                further.push((row, found.column));
            }
        }
        questions.ask_again(trial, &further).await?;
        Ok(Self {
            questions,
            goals,
            rows,
            reached: BTreeMap::new(),
        })
    }

    /// The rows, for INSERT or UPDATE, each with its place.
    pub(crate) fn rows(&self, subject: &Subject, operation: Operation) -> Vec<(usize, Row)> {
        let rows = self.rows.iter().enumerate();
        rows.map(|(place, cells)| (place, self.questions.row(operation, cells)))
            .filter(|(_, row)| match operation {
                Operation::Insert => true,
                // The row that is changed is the good one.
                Operation::Update => {
                    !row.changes.is_empty()
                        && row.changes.iter().all(|(index, cell)| {
                            *cell != Cell::Absent && !subject.columns[*index].is_key
                        })
                }
            })
            .collect()
    }

    /// Takes PostgreSQL's word for a row.
    pub(crate) fn take(&mut self, place: usize, evidence: &Evidence) {
        let (Some(row), Some(outcome)) = (self.rows.get(place), &evidence.outcome) else {
            return;
        };
        let Some(broken) = goals::broken(&self.questions, row) else {
            return;
        };
        let is_foretold = match outcome {
            Outcome::Accepted(_) => broken.is_empty(),
            Outcome::Refused(refusal) => broken.iter().any(|check| {
                refusal.constraint.as_ref() == Some(&self.questions.checks[*check].name)
            }),
            Outcome::Cancelled => false,
        };
        if !is_foretold {
            return;
        }
        for (goal, how) in goals::reached(&self.questions, row) {
            if !self.questions.checks[goal.check].is_told {
                continue;
            }
            let known = self.reached.entry(goal).or_insert(how);
            *known = how.max(*known);
        }
    }

    /// What was reached.
    pub(crate) fn report(&self) -> BranchReport {
        let mut report = BranchReport {
            checks: self.questions.checks.len(),
            ..BranchReport::default()
        };
        let mut branches = BTreeSet::new();
        let mut listed = BTreeSet::new();
        for goal in &self.goals {
            branches.insert((goal.check, goal.node));
            let check = &self.questions.checks[goal.check];
            let how = self.reached.get(goal).copied();
            let is_whole = goal.node == check.tree.root();
            if is_whole && goal.truth == Truth::False {
                report.broken_alone += usize::from(how == Some(Reached::Decides));
            }
            let count = match goal.truth {
                Truth::True => &mut report.is_true,
                Truth::False => &mut report.is_false,
                Truth::Null | Truth::Unknown => &mut report.is_null,
            };
            count.possible += 1;
            count.seen += usize::from(how.is_some());
            count.decided += usize::from(how == Some(Reached::Decides));
            if how == Some(Reached::Decides) {
                continue;
            }
            let branch = goals::source(&self.questions, *goal).and_then(sql::of);
            let name = match &check.domain {
                Some((domain, column)) => format!("{} of {domain} ({column})", check.name),
                None => check.name.clone(),
            };
            let missing = NotReached {
                check: name,
                branch: branch.unwrap_or_else(|| "a branch that has no text".to_owned()),
                value: goal.truth.words(),
                seen: how.is_some(),
            };
            if listed.insert((missing.check.clone(), missing.branch.clone(), missing.value)) {
                report.not_reached.push(missing);
            }
        }
        report.branches = branches.len();
        report
    }
}

impl BranchReport {
    /// The words that branches may say.
    pub(crate) fn possible(&self) -> usize {
        self.is_true.possible + self.is_false.possible + self.is_null.possible
    }

    /// Those of them that decided.
    pub(crate) fn decided(&self) -> usize {
        self.is_true.decided + self.is_false.decided + self.is_null.decided
    }

    /// Adds what another table reached. What was not is listed by table.
    pub(crate) fn add(&mut self, other: &Self) {
        self.branches += other.branches;
        self.checks += other.checks;
        self.broken_alone += other.broken_alone;
        for (sum, more) in [
            (&mut self.is_true, &other.is_true),
            (&mut self.is_false, &other.is_false),
            (&mut self.is_null, &other.is_null),
        ] {
            sum.possible += more.possible;
            sum.seen += more.seen;
            sum.decided += more.decided;
        }
    }
}
