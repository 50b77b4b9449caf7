//! What a row shows: agreement, or in what contract and PostgreSQL differ.

use std::collections::HashMap;

use super::judge::{Answer, Parameter, Violation};
use super::rows::{Operation, Row};
use super::server::{Outcome, Refusal};
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
                if stored.1 != *read {
                    differences.push((
                        *index,
                        Difference::Read,
                        stored.clone(),
                        (stored.0, read.clone()),
                    ));
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
    let Some(outcome) = &evidence.outcome else {
        return match &evidence.answer {
            Some(Answer::Judged {
                violations,
                query: Err(error),
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
        (Some(Answer::Judged { violations, query }), Outcome::Accepted(_)) => {
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
        (Some(Answer::Judged { violations, .. }), Outcome::Refused(refusal)) => {
            match violations.first() {
                None => accepted(subject, refusal),
                Some(_) if !evidence.is_sent => Verdict::Agree,
                Some(violation) => same_reason(subject, refusals, row, violation, refusal),
            }
        }
        _ => values(subject, row, evidence),
    }
}

/// The contract accepts what PostgreSQL refuses, unless the database alone decides.
fn accepted(subject: &Subject, refusal: &Refusal) -> Verdict {
    let said = say(refusal);
    match &refusal.constraint {
        Some(constraint) if refusal.code == "23514" && !subject.held.contains(constraint) => {
            Verdict::Undecided(format!("CHECK {constraint} is left to the database"))
        }
        _ => differ(
            Category::FalseAccept,
            format!("{}{:?}", refusal.code, refusal.constraint),
            format!("the contract accepts it; PostgreSQL: {said}"),
        ),
    }
}

/// A refusal, in a line.
pub(crate) fn say(refusal: &Refusal) -> String {
    format!("{} {}", refusal.code, refusal.message)
}

fn same_reason(
    subject: &Subject,
    refusals: &HashMap<(Operation, usize, String), Refusal>,
    row: &Row,
    violation: &Violation,
    refusal: &Refusal,
) -> Verdict {
    let is_same = match violation.kind.as_str() {
        "Type" => {
            (refusal.code.starts_with("22") || refusal.code.starts_with("54"))
                && is_of_column(subject, refusals, row, violation, refusal)
        }
        "NotNull" => {
            refusal.code == "23502"
                && (refusal.column.is_none()
                    || refusal.column.as_deref() == violation.columns.first().map(String::as_str))
        }
        _ => refusal.constraint.as_deref() == Some(&violation.name),
    };
    match is_same {
        true => Verdict::Agree,
        false => differ(
            Category::Order,
            format!("{}{}{:?}", violation.name, refusal.code, refusal.constraint),
            format!(
                "the contract names {} ({}) first; PostgreSQL: {}",
                violation.name,
                violation.kind,
                say(refusal)
            ),
        ),
    }
}

/// The error of a type names no column: the message must be the one that the column's value gives alone.
fn is_of_column(
    subject: &Subject,
    refusals: &HashMap<(Operation, usize, String), Refusal>,
    row: &Row,
    violation: &Violation,
    refusal: &Refusal,
) -> bool {
    let at_fault = row
        .changes
        .iter()
        .find(|(index, _)| violation.columns.contains(&subject.columns[*index].name));
    let Some((index, cell)) = at_fault else {
        // The good row's own column: then the contract refuses a good value.
        return false;
    };
    match refusals.get(&(row.operation, *index, format!("{cell:?}"))) {
        Some(alone) => alone.code == refusal.code && alone.message == refusal.message,
        None => true,
    }
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
    let listed = row
        .changes
        .iter()
        .find(|(index, cell)| is_extreme(cell) && !subject.columns[*index].narrower.is_empty());
    match listed {
        Some((index, _)) => Verdict::Narrower(*index),
        None => difference,
    }
}

fn is_extreme(cell: &Cell) -> bool {
    matches!(cell, Cell::Value(draw) if draw.is_extreme)
}
