//! What can go wrong, as a caller can act on it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

use crate::connect::ConnectError;

/// A failure of the database or of the way to it.
///
/// The text of a `DbError` holds no value of a row and no password. That of its sources is the
/// driver's or the server's, which may quote a value: write it to a log, never into an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DbError {
    /// A row breaks a constraint. Nothing was written by the statement.
    #[error("{kind} violated{}", Place(.table, .constraint, .column))]
    ConstraintViolation {
        /// Which kind of constraint.
        kind: ConstraintKind,
        /// The table, without its schema, where the server names it.
        table: Option<String>,
        /// The constraint's or the unique index's name; none for NOT NULL.
        constraint: Option<String>,
        /// The column, which the server names for NOT NULL only.
        column: Option<String>,
        /// What the server said.
        source: DieselError,
    },
    /// A query that must return a row returned none.
    #[error("no row was found")]
    NotFound,
    /// The transaction clashed with another one and was rolled back (SQLSTATE 40001). Run it again
    /// from its start.
    #[error("the transaction clashed with another one and was rolled back: run it again")]
    SerializationFailure {
        /// What the server said.
        source: DieselError,
    },
    /// A write in a read-only transaction, or on a server that is a replica.
    #[error(
        "the transaction is read-only: write on the primary, in a transaction without read_only()"
    )]
    ReadOnlyTransaction {
        /// What the server said.
        source: DieselError,
    },
    /// A statement took longer than its limit. It was cancelled, and its connection is closed.
    #[error(
        "a statement took longer than {}: make it cheaper, or raise DATABASE_STATEMENT_TIMEOUT",
        humantime::format_duration(*.limit)
    )]
    StatementTimeout {
        /// The limit that passed.
        limit: Duration,
    },
    /// Every connection stayed in use for as long as a caller may wait.
    #[error(
        "all {max} connections stayed in use for {}: raise DATABASE_POOL_MAX, or hold connections for less time",
        humantime::format_duration(*.waited)
    )]
    PoolTimeout {
        /// How long the caller waited.
        waited: Duration,
        /// The pool's size.
        max: u32,
    },
    /// No connection to the server can be made. Nothing was sent.
    #[error("the database cannot be reached: check DATABASE_URL and that the server runs")]
    Unreachable {
        /// Why the last attempt failed.
        source: Arc<ConnectError>,
    },
    /// The connection broke while it was in use, or was used again after a statement on it had been
    /// given up. Whether the server did what it was told is not known.
    #[error("the connection to the database was lost")]
    ConnectionLost {
        /// What the driver said.
        source: DieselError,
    },
    /// A statement in the transaction failed, and the code went on as if it had not. All of it was
    /// rolled back.
    #[error(
        "a statement of the transaction had failed, so all of it was rolled back: return its error"
    )]
    TransactionAborted,
    /// The code asked for `direct()`, but only a URL of a pooler is known.
    #[error(
        "DATABASE_URL names a pooler, which cannot serve as a direct connection: \
         set DATABASE_URL_UNPOOLED, for example postgres://user@host/database"
    )]
    NoDirectUrl,
    /// Anything else that the server or Diesel refused.
    #[error("the database refused a statement")]
    Query {
        /// What the server or Diesel said.
        source: DieselError,
    },
}

impl DbError {
    /// The class of this error, for a metric's label or a span's attribute.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::ConstraintViolation { .. } => ErrorClass::ConstraintViolation,
            Self::NotFound => ErrorClass::NotFound,
            Self::SerializationFailure { .. } => ErrorClass::SerializationFailure,
            Self::ReadOnlyTransaction { .. } => ErrorClass::ReadOnlyTransaction,
            Self::StatementTimeout { .. } => ErrorClass::StatementTimeout,
            Self::PoolTimeout { .. } => ErrorClass::PoolTimeout,
            Self::Unreachable { .. } => ErrorClass::Unreachable,
            Self::ConnectionLost { .. } => ErrorClass::ConnectionLost,
            Self::TransactionAborted => ErrorClass::TransactionAborted,
            Self::NoDirectUrl => ErrorClass::NoDirectUrl,
            Self::Query { .. } => ErrorClass::Query,
        }
    }

    /// Whether the same call can succeed when it is repeated and cannot do its work twice.
    ///
    /// False for [`DbError::ConnectionLost`]: the server may have done what it was told. A caller
    /// that only reads, or that can recognise its own earlier write, may repeat that one too.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.class().is_retryable()
    }
}

/// The kind of a [`DbError`]: a small value with a stable name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// See [`DbError::ConstraintViolation`].
    ConstraintViolation,
    /// See [`DbError::NotFound`].
    NotFound,
    /// See [`DbError::SerializationFailure`].
    SerializationFailure,
    /// See [`DbError::ReadOnlyTransaction`].
    ReadOnlyTransaction,
    /// See [`DbError::StatementTimeout`].
    StatementTimeout,
    /// See [`DbError::PoolTimeout`].
    PoolTimeout,
    /// See [`DbError::Unreachable`].
    Unreachable,
    /// See [`DbError::ConnectionLost`].
    ConnectionLost,
    /// See [`DbError::TransactionAborted`].
    TransactionAborted,
    /// See [`DbError::NoDirectUrl`].
    NoDirectUrl,
    /// The caller went away before the answer came. Only an [`Observer`](crate::Observer) sees this
    /// one.
    Cancelled,
    /// See [`DbError::Query`].
    Query,
}

impl ErrorClass {
    /// Every class.
    pub const ALL: [Self; 12] = [
        Self::ConstraintViolation,
        Self::NotFound,
        Self::SerializationFailure,
        Self::ReadOnlyTransaction,
        Self::StatementTimeout,
        Self::PoolTimeout,
        Self::Unreachable,
        Self::ConnectionLost,
        Self::TransactionAborted,
        Self::NoDirectUrl,
        Self::Cancelled,
        Self::Query,
    ];

    /// The name, in snake_case. It does not change between releases: dashboards and alerts hold on
    /// to it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConstraintViolation => "constraint_violation",
            Self::NotFound => "not_found",
            Self::SerializationFailure => "serialization_failure",
            Self::ReadOnlyTransaction => "read_only_transaction",
            Self::StatementTimeout => "statement_timeout",
            Self::PoolTimeout => "pool_timeout",
            Self::Unreachable => "unreachable",
            Self::ConnectionLost => "connection_lost",
            Self::TransactionAborted => "transaction_aborted",
            Self::NoDirectUrl => "no_direct_url",
            Self::Cancelled => "cancelled",
            Self::Query => "query",
        }
    }

    /// See [`DbError::is_retryable`].
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::SerializationFailure | Self::PoolTimeout | Self::Unreachable
        )
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The kinds of constraints that PostgreSQL enforces on rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConstraintKind {
    /// A unique constraint, a primary key, or a unique index (SQLSTATE 23505).
    Unique,
    /// A foreign key (SQLSTATE 23503, and 23001 for ON DELETE RESTRICT).
    ForeignKey,
    /// NOT NULL (SQLSTATE 23502).
    NotNull,
    /// A CHECK (SQLSTATE 23514).
    Check,
    /// An exclusion constraint (SQLSTATE 23P01).
    Exclusion,
}

impl fmt::Display for ConstraintKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unique => "unique constraint",
            Self::ForeignKey => "foreign key",
            Self::NotNull => "NOT NULL",
            Self::Check => "CHECK",
            Self::Exclusion => "exclusion constraint",
        })
    }
}

impl From<DieselError> for DbError {
    fn from(source: DieselError) -> Self {
        let class = classify(&source);
        match (class, source) {
            (Class::Constraint(kind), source) => {
                let (table, constraint, column) = match &source {
                    DieselError::DatabaseError(_, information) => place(&**information),
                    _ => (None, None, None),
                };
                Self::ConstraintViolation {
                    kind,
                    table,
                    constraint,
                    column,
                    source,
                }
            }
            (Class::StatementTimeout(limit), _) => Self::StatementTimeout { limit },
            (Class::TransactionAborted, _) => Self::TransactionAborted,
            (Class::NotFound, _) => Self::NotFound,
            (Class::SerializationFailure, source) => Self::SerializationFailure { source },
            (Class::ReadOnlyTransaction, source) => Self::ReadOnlyTransaction { source },
            (Class::ConnectionLost, source) => Self::ConnectionLost { source },
            (Class::Query, source) => Self::Query { source },
        }
    }
}

/// The class of an error that a query gave.
pub(crate) fn class_of(error: &DieselError) -> ErrorClass {
    match classify(error) {
        Class::Constraint(_) => ErrorClass::ConstraintViolation,
        Class::NotFound => ErrorClass::NotFound,
        Class::SerializationFailure => ErrorClass::SerializationFailure,
        Class::ReadOnlyTransaction => ErrorClass::ReadOnlyTransaction,
        Class::StatementTimeout(_) => ErrorClass::StatementTimeout,
        Class::TransactionAborted => ErrorClass::TransactionAborted,
        Class::ConnectionLost => ErrorClass::ConnectionLost,
        Class::Query => ErrorClass::Query,
    }
}

/// The limit of a statement passed on the client's side. It travels inside of Diesel's error, and
/// `DbError` finds it.
#[derive(Debug, thiserror::Error)]
#[error("the statement took longer than {}", humantime::format_duration(*.limit))]
pub(crate) struct StatementDeadline {
    pub(crate) limit: Duration,
}

impl From<StatementDeadline> for DieselError {
    fn from(deadline: StatementDeadline) -> Self {
        // Of Diesel's variants, this one and its two siblings keep the error's type; no SQL was
        // wrong.
        Self::QueryBuilderError(Box::new(deadline))
    }
}

/// A transaction was to be committed in which a statement had failed. It travels in the same way.
#[derive(Debug, thiserror::Error)]
#[error("a statement of the transaction had failed: rolled back instead of committed")]
pub(crate) struct StatementFailedBefore;

impl From<StatementFailedBefore> for DieselError {
    fn from(failure: StatementFailedBefore) -> Self {
        Self::QueryBuilderError(Box::new(failure))
    }
}

/// The statement before was given up while it ran. It travels in the same way.
#[derive(Debug, thiserror::Error)]
#[error(
    "an earlier statement on this connection was given up while it ran: take another connection"
)]
pub(crate) struct AbandonedStatement;

impl From<AbandonedStatement> for DieselError {
    fn from(abandoned: AbandonedStatement) -> Self {
        Self::QueryBuilderError(Box::new(abandoned))
    }
}

enum Class {
    Constraint(ConstraintKind),
    NotFound,
    SerializationFailure,
    ReadOnlyTransaction,
    StatementTimeout(Duration),
    TransactionAborted,
    ConnectionLost,
    Query,
}

/// Reads the kind that the driver found, never a message: messages depend on the server's language.
fn classify(error: &DieselError) -> Class {
    match error {
        DieselError::NotFound => Class::NotFound,
        DieselError::DatabaseError(kind, _) => match kind {
            DatabaseErrorKind::UniqueViolation => Class::Constraint(ConstraintKind::Unique),
            DatabaseErrorKind::ForeignKeyViolation | DatabaseErrorKind::RestrictViolation => {
                Class::Constraint(ConstraintKind::ForeignKey)
            }
            DatabaseErrorKind::NotNullViolation => Class::Constraint(ConstraintKind::NotNull),
            DatabaseErrorKind::CheckViolation => Class::Constraint(ConstraintKind::Check),
            DatabaseErrorKind::ExclusionViolation => Class::Constraint(ConstraintKind::Exclusion),
            DatabaseErrorKind::SerializationFailure => Class::SerializationFailure,
            DatabaseErrorKind::ReadOnlyTransaction => Class::ReadOnlyTransaction,
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
                Class::ConnectionLost
            }
            _ => Class::Query,
        },
        DieselError::QueryBuilderError(source) => {
            match source.downcast_ref::<StatementDeadline>() {
                Some(deadline) => Class::StatementTimeout(deadline.limit),
                None if source.is::<StatementFailedBefore>() => Class::TransactionAborted,
                None if source.is::<AbandonedStatement>() => Class::ConnectionLost,
                None => Class::Query,
            }
        }
        // The commit's error says what happened; that the rollback failed too says only that the
        // connection is gone.
        DieselError::RollbackErrorOnCommit { commit_error, .. } => classify(commit_error),
        _ => Class::Query,
    }
}

type PlaceNames = (Option<String>, Option<String>, Option<String>);

fn place(information: &dyn DatabaseErrorInformation) -> PlaceNames {
    (
        information.table_name().map(ToOwned::to_owned),
        information.constraint_name().map(ToOwned::to_owned),
        information.column_name().map(ToOwned::to_owned),
    )
}

/// Prints table, constraint and column, as far as the server told.
struct Place<'a>(&'a Option<String>, &'a Option<String>, &'a Option<String>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(table, constraint, column) = self;
        if let Some(constraint) = constraint {
            write!(formatter, ": {constraint}")?;
        }
        match (table, column) {
            (Some(table), Some(column)) => write!(formatter, " (column {table}.{column})"),
            (Some(table), None) => write!(formatter, " (table {table})"),
            _ => Ok(()),
        }
    }
}
