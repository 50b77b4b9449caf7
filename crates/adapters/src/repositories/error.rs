//! What a repository answers when it cannot do what it is asked for.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use axis_db::{DbError, ErrorClass};
use axis_db_contract::{ConstraintKind, TableConstraint, Violation};
use axis_schema::lists::InvalidCursor;

/// A failure of a repository.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepositoryError {
    /// The row is not there, or is deleted, or belongs to a user who is.
    #[error("there is no such {0}")]
    NotFound(Entity),
    /// Another row has the value already.
    #[error("another row has this value already: {0}")]
    Conflict(RuleViolation),
    /// The row breaks rules of its table. Found before the write or by it: the answer is the same.
    #[error("the row breaks {} of its table's rules, the first is {}", .0.len(), .0.first().map_or("unknown".to_owned(), ToString::to_string))]
    Rejected(Vec<RuleViolation>),
    /// The list cannot be continued from the cursor.
    #[error("the cursor {0}")]
    Cursor(#[from] InvalidCursor),
    /// The database failed, or cannot be reached.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl RepositoryError {
    /// How long a caller should wait before it tries again, where the database cannot serve it at the moment. None
    /// where the same call would fail in the same way.
    ///
    /// docs/operations.md has the table of classes and statuses.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Database(error) => retry_after(error.class()),
            _ => None,
        }
    }

    /// The error and what led to it on one line, as far as a log may hold it: the server's words may quote a value
    /// where the error is of no known class, so there the SQLSTATE must do.
    pub fn for_log(&self) -> String {
        let mut text = self.to_string();
        let mut source = match self {
            Self::Database(DbError::Query { .. }) => None,
            error => error.source(),
        };
        while let Some(error) = source {
            text.push_str(&format!(": {error}"));
            source = error.source();
        }
        text
    }
}

/// See [`RepositoryError::retry_after`].
fn retry_after(class: ErrorClass) -> Option<Duration> {
    match class {
        // Over as soon as others are done.
        ErrorClass::PoolTimeout
        | ErrorClass::PoolExhausted
        | ErrorClass::SerializationFailure
        | ErrorClass::Deadlock
        | ErrorClass::LockNotAvailable
        | ErrorClass::Cancelled
        | ErrorClass::StatementTimeout => Some(Duration::from_secs(1)),
        // Over when the server is back. Read-only is what a primary is for a moment when another server takes its
        // place; a pool is closed when this process stops, and another one will answer.
        ErrorClass::Unreachable
        | ErrorClass::TooManyConnections
        | ErrorClass::ServerUnavailable
        | ErrorClass::ConnectionLost
        | ErrorClass::ReadOnlyTransaction
        | ErrorClass::PoolClosed => Some(Duration::from_secs(5)),
        // Not for the caller to repeat: it may have taken place (a lost COMMIT), or will fail again.
        _ => None,
    }
}

/// What a repository was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    /// A row of `users`.
    User,
    /// A row of `posts`.
    Post,
}

impl fmt::Display for Entity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::User => "user",
            Self::Post => "post",
        })
    }
}

/// A rule of a table that a row breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleViolation {
    /// The member at fault, by its name on the wire. None where this build does not know the rule: the database may be
    /// ahead of it.
    pub field: Option<&'static str>,
    /// The constraint's name in the database. None where a value does not fit the type of its column, which has no
    /// name.
    pub constraint: Option<Cow<'static, str>>,
}

impl fmt::Display for RuleViolation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.constraint.as_deref().unwrap_or("the type of a column"))?;
        match self.field {
            Some(field) => write!(formatter, " ({field})"),
            None => Ok(()),
        }
    }
}

/// The violations by the member at fault: a rule that reads several columns gives one for each.
fn rules<C: TableConstraint>(violation: Violation<C>) -> impl Iterator<Item = RuleViolation> {
    let constraint = violation.constraint.metadata().name;
    violation.columns.iter().map(move |column| RuleViolation {
        field: Some(C::wire_name(column)),
        constraint: Some(constraint.into()),
    })
}

/// Refuses a row that its contract does not accept, before the database has to.
pub(super) fn accepted<C: TableConstraint>(
    violations: Vec<Violation<C>>,
) -> Result<(), RepositoryError> {
    if violations.is_empty() {
        return Ok(());
    }
    Err(RepositoryError::Rejected(
        violations.into_iter().flat_map(rules).collect(),
    ))
}

/// Reads a failed write of a row of `C`'s table.
pub(super) fn refused<C: TableConstraint>(error: impl Into<DbError>) -> RepositoryError {
    let error = error.into();
    let DbError::ConstraintViolation {
        kind,
        table,
        constraint,
        column,
        ..
    } = &error
    else {
        return match is_data_exception(&error) {
            true => RepositoryError::Rejected(vec![RuleViolation {
                field: None,
                constraint: None,
            }]),
            false => error.into(),
        };
    };
    let known = C::from_error(table.as_deref(), constraint.as_deref(), column.as_deref());
    let rules: Vec<_> = match (known, constraint) {
        (Some(known), _) => rules(Violation::of(known)).collect(),
        (None, Some(constraint)) => vec![RuleViolation {
            field: None,
            constraint: Some(constraint.clone().into()),
        }],
        (None, None) => return error.into(),
    };
    let is_taken = match known {
        Some(known) => matches!(
            known.metadata().kind,
            ConstraintKind::Unique | ConstraintKind::PrimaryKey | ConstraintKind::Exclusion
        ),
        None => matches!(
            kind,
            axis_db::ConstraintKind::Unique | axis_db::ConstraintKind::Exclusion
        ),
    };
    if !is_taken {
        return RepositoryError::Rejected(rules);
    }
    match rules.into_iter().next() {
        Some(rule) => RepositoryError::Conflict(rule),
        None => error.into(),
    }
}

/// Whether a value does not fit its column (SQLSTATE class 22). The contract refuses such a value before, unless the
/// column has become narrower than it was.
fn is_data_exception(error: &DbError) -> bool {
    error
        .postgres()
        .and_then(|error| error.sqlstate.as_ref().map(|state| state.starts_with("22")))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The table in docs/operations.md, row by row: class, status, seconds of Retry-After.
    fn documented() -> Vec<(String, String, String)> {
        let text = include_str!("../../../../docs/operations.md");
        let table = text
            .split("## Errors of the database")
            .nth(1)
            .expect("the section");
        table
            .lines()
            .skip_while(|line| !line.starts_with("|---"))
            .skip(1)
            .take_while(|line| line.starts_with('|'))
            .map(|line| {
                let cells: Vec<_> = line
                    .split('|')
                    .map(|cell| cell.trim().replace('`', ""))
                    .collect();
                (cells[1].clone(), cells[2].clone(), cells[3].clone())
            })
            .collect()
    }

    #[test]
    fn each_class_is_answered_as_documented() {
        let documented = documented();
        let classes: BTreeSet<_> = documented.iter().map(|row| row.0.as_str()).collect();
        let all: BTreeSet<_> = ErrorClass::ALL.iter().map(|class| class.name()).collect();
        assert_eq!(classes, all);
        assert_eq!(documented.len(), all.len());
        for class in ErrorClass::ALL {
            let row = documented.iter().find(|row| row.0 == class.name());
            let (_, status, seconds) = row.expect("compared above");
            match retry_after(class) {
                Some(pause) => {
                    assert_eq!(
                        (status.as_str(), seconds),
                        ("503", &pause.as_secs().to_string())
                    );
                }
                None => {
                    assert_ne!(status, "503", "{class}");
                    assert_eq!(seconds, "", "{class}");
                }
            }
        }
    }
}
