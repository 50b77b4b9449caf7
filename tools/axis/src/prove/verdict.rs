//! What a row shows: agreement, or in what contract and PostgreSQL differ.
//!
//! [`of`] takes both at their word. What a row owes to rules that the contract leaves to the database is no matter of this
//! module: `appeal` asks again without those rules.

pub(crate) mod parameter;
pub(crate) mod reason;

use std::collections::{BTreeMap, HashMap};

use super::judge::{Answer, Parameter, Violation};
use super::rows::{Operation, Row};
use super::server::{Outcome, Refusal, TOO_LONG};
use super::subject::{Cell, Subject};

/// What is known of a row.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    /// What the contract says. None where serde has no form of it.
    pub(crate) answer: Option<Answer>,
    /// Whether it went to PostgreSQL as Diesel sends it; else by literals.
    pub(crate) is_sent: bool,
    /// What PostgreSQL says. None where it could not be asked.
    pub(crate) outcome: Option<Outcome>,
    /// What PostgreSQL says to the literals of a row that Diesel sends.
    pub(crate) by_literals: Option<Outcome>,
    /// What `Select` makes of the stored row.
    pub(crate) read: Option<Answer>,
    /// Whether each CHECK of the table that the contract holds is broken, asked one by one. Empty where that was not asked.
    pub(crate) broken: BTreeMap<String, bool>,
    /// Columns whose values turned into others, and where.
    pub(crate) other_values: Vec<(usize, Difference)>,
}

/// Where a value turned into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// On the way from PostgreSQL.
    Read,
    /// On the way to PostgreSQL.
    Sent,
}

/// In what contract and PostgreSQL differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Category {
    /// The contract accepts what PostgreSQL refuses.
    FalseAccept,
    /// The contract refuses what PostgreSQL accepts.
    FalseReject,
    /// Both refuse, and the contract names another reason first.
    Order,
    /// A stored row is not read as it is, or a value is sent as another.
    Misread,
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Both say the same.
    Agree,
    /// Nothing can be compared.
    Silent,
    /// A column's Rust type holds less, as coverage.md says.
    Narrower(usize),
    /// The database alone decides, as coverage.md says.
    Undecided(String),
    /// They differ.
    Differ {
        /// In what.
        category: Category,
        /// How.
        how: String,
        /// What stays the same while a row is made simpler.
        signature: String,
    },
}

fn differ(category: Category, signature: impl Into<String>, how: String) -> Verdict {
    Verdict::Differ {
        category,
        how,
        signature: signature.into(),
    }
}

impl Evidence {
    /// The values that may have turned into others: column, where, and both.
    pub(crate) fn differences(
        &self,
        subject: &Subject,
        row: &Row,
    ) -> Vec<(usize, Difference, Parameter, Parameter)> {
        let mut differences = Vec::new();
        let Some(stored) = self.outcome.as_ref().and_then(Outcome::row) else {
            return differences;
        };
        if let Some(Answer::Columns(read)) = &self.read {
            for ((index, stored), read) in subject.selected.iter().zip(stored).zip(read) {
                if stored.1 != read.1 {
                    differences.push((*index, Difference::Read, stored.clone(), read.clone()));
                }
            }
        }
        let literal = self.by_literals.as_ref().and_then(Outcome::row);
        for (changed, cell) in &row.changes {
            let place = subject.selected.iter().position(|index| index == changed);
            if let (Some(place), Some(literal), Cell::Value(_)) = (place, literal, cell)
                && literal.get(place) != stored.get(place)
                && let (Some(literal), Some(stored)) = (literal.get(place), stored.get(place))
            {
                differences.push((*changed, Difference::Sent, literal.clone(), stored.clone()));
            }
        }
        differences
    }
}

/// Compares. `refusals` are those of values that are wrong alone.
pub(crate) fn of(
    subject: &Subject,
    refusals: &HashMap<(Operation, usize, String), Refusal>,
    row: &Row,
    evidence: &Evidence,
) -> Verdict {
    if let Some(Answer::Panic(message)) = evidence.answer.as_ref().or(evidence.read.as_ref()) {
        return differ(
            Category::FalseAccept,
            "panic",
            format!("it panics: {message}"),
        );
    }
    if let Some(Answer::Judged {
        violations,
        alone: Some(alone),
        ..
    }) = &evidence.answer
        && let Some(difference) = new_values(subject, row, violations, alone)
    {
        return difference;
    }
    if evidence.outcome == Some(Outcome::Cancelled) {
        return Verdict::Undecided(TOO_LONG.to_owned());
    }
    let Some(outcome) = &evidence.outcome else {
        return match &evidence.answer {
            Some(Answer::Judged {
                violations,
                query: Err(error),
                ..
            }) if violations.is_empty() => differ(
                Category::FalseAccept,
                "unsendable",
                format!("the contract accepts a row that Diesel cannot send: {error}"),
            ),
            _ => Verdict::Silent,
        };
    };
    match (&evidence.answer, outcome) {
        (Some(Answer::Empty), _) => Verdict::Silent,
        (None, Outcome::Refused(_)) => Verdict::Silent,
        (Some(Answer::Refused(_) | Answer::Absent), Outcome::Refused(_)) => Verdict::Agree,
        (Some(Answer::Refused(why)), Outcome::Accepted(_)) => narrower_or(
            subject,
            row,
            differ(
                Category::FalseReject,
                "refused",
                format!("serde refuses it: {why}"),
            ),
        ),
        (
            Some(Answer::Judged {
                violations, query, ..
            }),
            Outcome::Accepted(_),
        ) => {
            match violations.first() {
                // By literals only: PostgreSQL was not asked about what Diesel would send.
                _ if !evidence.is_sent => match (query, violations.is_empty()) {
                    (Err(error), true) => differ(
                        Category::FalseAccept,
                        "unsendable",
                        format!("the contract accepts a row that Diesel cannot send: {error}"),
                    ),
                    _ => narrower_or(
                        subject,
                        row,
                        differ(
                            Category::FalseReject,
                            "unsendable",
                            "the contract refuses it, and Diesel cannot send it".to_owned(),
                        ),
                    ),
                },
                Some(violation) => differ(
                    Category::FalseReject,
                    &violation.name,
                    format!("the contract names {} ({})", violation.name, violation.kind),
                ),
                None => values(subject, row, evidence),
            }
        }
        (
            Some(Answer::Judged {
                violations, query, ..
            }),
            Outcome::Refused(refusal),
        ) => match (violations.first(), query) {
            (None, _) => differ(
                Category::FalseAccept,
                format!("{}{:?}", refusal.code, refusal.constraint),
                format!("the contract accepts it; PostgreSQL: {}", say(refusal)),
            ),
            (Some(violation), Ok(query)) if evidence.is_sent => {
                match reason::compare(subject, refusals, row, violation, refusal, query) {
                    Verdict::Agree => reason::each_check(violations, &evidence.broken),
                    other => other,
                }
            }
            _ => Verdict::Agree,
        },
        _ => values(subject, row, evidence),
    }
}

/// An UPDATE is judged without the row that it changes, too: then the rules are asked whose columns it sets.
fn new_values(
    subject: &Subject,
    row: &Row,
    merged: &[Violation],
    alone: &[Violation],
) -> Option<Verdict> {
    if let Some(more) = alone.iter().find(|found| !merged.contains(found)) {
        return Some(differ(
            Category::FalseReject,
            format!("alone {}", more.name),
            format!(
                "without the row that is changed, the contract names {}",
                more.name
            ),
        ));
    }
    let is_set = |column: &String| {
        let mut set = row.changes.iter().map(|(index, _)| *index);
        set.any(|index| subject.columns[index].name == *column)
    };
    let of_set: Vec<&Violation> = merged
        .iter()
        .filter(|violation| alone.contains(violation) || violation.columns.iter().all(is_set))
        .collect();
    if let Some(missing) = of_set.iter().find(|found| !alone.contains(found)) {
        return Some(differ(
            Category::FalseAccept,
            format!("alone {}", missing.name),
            format!(
                "without the row that is changed, the contract does not name {}",
                missing.name
            ),
        ));
    }
    (of_set.into_iter().ne(alone)).then(|| {
        differ(
            Category::Order,
            "alone",
            "without the row that is changed, the contract names its rules in another order"
                .to_owned(),
        )
    })
}

/// A refusal, in a line.
pub(crate) fn say(refusal: &Refusal) -> String {
    format!("{} {}", refusal.code, refusal.message)
}

/// Both accept: whether the values stayed what they are.
fn values(subject: &Subject, row: &Row, evidence: &Evidence) -> Verdict {
    if let Some(Answer::Unreadable(error)) = &evidence.read {
        return narrower_or(
            subject,
            row,
            differ(
                Category::Misread,
                "unreadable",
                format!("the stored row cannot be read: {error}"),
            ),
        );
    }
    if let (true, Some(Outcome::Refused(refusal))) = (evidence.is_sent, &evidence.by_literals) {
        let said = say(refusal);
        return narrower_or(
            subject,
            row,
            differ(
                Category::Misread,
                "sent",
                format!("it is sent as another value; PostgreSQL to this one: {said}"),
            ),
        );
    }
    let is_listed = |index: &usize| {
        let cell = row.changes.iter().find(|(changed, _)| changed == index);
        cell.is_some_and(|(_, cell)| is_extreme(cell))
            && !subject.columns[*index].narrower.is_empty()
    };
    let not_listed = evidence
        .other_values
        .iter()
        .find(|(index, _)| !is_listed(index));
    match (not_listed, evidence.other_values.first()) {
        (Some((index, kind)), _) => {
            let name = &subject.columns[*index].name;
            let how = match kind {
                Difference::Read => format!("`{name}` is read as another value"),
                Difference::Sent => format!("`{name}` is sent as another value"),
            };
            differ(Category::Misread, format!("{name}{kind:?}"), how)
        }
        (None, Some((index, _))) => Verdict::Narrower(*index),
        (None, None) => Verdict::Agree,
    }
}

/// A difference, unless coverage.md says of a column that differs from the good row that its Rust type holds less.
fn narrower_or(subject: &Subject, row: &Row, difference: Verdict) -> Verdict {
    let listed = row.changes.iter().find(|(index, cell)| {
        let column = &subject.columns[*index];
        (is_extreme(cell) && !column.narrower.is_empty())
            || (column.has_unreadable_default && matches!(cell, Cell::Absent))
    });
    match listed {
        Some((index, _)) => Verdict::Narrower(*index),
        None => difference,
    }
}

fn is_extreme(cell: &Cell) -> bool {
    matches!(cell, Cell::Value(draw) if draw.is_extreme)
}
