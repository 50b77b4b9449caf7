//! What can go wrong, as a caller can act on it.
//!
//! `classify` finds an error's class by its SQLSTATE; `class` names the classes; `marker` holds the
//! errors of our own that travel inside of Diesel's.

mod class;
mod classify;
mod marker;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use diesel::result::Error as DieselError;

use crate::PostgresError;
use crate::connect::ConnectError;
pub use class::{ConstraintKind, ErrorClass};
pub(crate) use classify::{class_of, class_of_sqlstate};
use classify::{constraint_kind, statement_deadline};
pub(crate) use marker::{
    AbandonedStatement, StatementDeadline, StatementFailedBefore, is_statement_deadline,
};

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
    /// The transaction and another one waited for each other, and this one was rolled back
    /// (SQLSTATE 40P01). Run it again from its start.
    #[error("the transaction was rolled back to end a deadlock: run it again")]
    Deadlock {
        /// What the server said.
        source: DieselError,
    },
    /// A lock was not free within `lock_timeout`, or at once where NOWAIT asked so (SQLSTATE
    /// 55P03).
    #[error("a lock is held by another transaction: run it again later")]
    LockNotAvailable {
        /// What the server said.
        source: DieselError,
    },
    /// The server cancelled the statement (SQLSTATE 57014): its own `statement_timeout` passed, or
    /// someone asked it to. It tells which only by its message.
    #[error("the server cancelled a statement, for its statement_timeout or by request")]
    Cancelled {
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
    /// Every connection is in use, and as many callers wait already as may. Told at once, so that
    /// overload is shed before it piles up. Nothing was sent.
    #[error(
        "all {max} connections are in use and {waiting} callers wait: send less, raise DATABASE_POOL_MAX, or hold connections for less time"
    )]
    PoolExhausted {
        /// How many callers may wait.
        waiting: u32,
        /// The pool's size.
        max: u32,
    },
    /// [`Database::close`](crate::Database::close) was called: this process is stopping. Nothing
    /// was sent.
    #[error("the connection pool is closed, because this process is stopping")]
    PoolClosed,
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
    /// COMMIT went out and its answer did not come back. The transaction has taken place as a
    /// whole, or not at all; only the database can tell which.
    #[error(
        "the connection was lost at COMMIT: look whether the transaction took place before running it again"
    )]
    CommitUnknown {
        /// What the driver or the server said.
        source: DieselError,
    },
    /// The server is going down and has closed the connection (SQLSTATE 57P01 to 57P03).
    #[error("the database server is shutting down")]
    ServerUnavailable {
        /// What the server said.
        source: DieselError,
    },
    /// What the server got was not PostgreSQL's protocol to it (SQLSTATE 08P01), as between a
    /// statement and its values.
    #[error("the database server and its client do not understand each other")]
    Protocol {
        /// What the server said.
        source: DieselError,
    },
    /// The statement names a table, column, type or function that is not there: the database's
    /// schema is not the one that this build was made for.
    #[error("the database lacks something that a statement names: compare its migrations with this build's{}", Code(.source))]
    UndefinedObject {
        /// What the server said.
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
    #[error("the database refused a statement{}", Code(.source))]
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
            Self::Deadlock { .. } => ErrorClass::Deadlock,
            Self::LockNotAvailable { .. } => ErrorClass::LockNotAvailable,
            Self::Cancelled { .. } => ErrorClass::Cancelled,
            Self::ReadOnlyTransaction { .. } => ErrorClass::ReadOnlyTransaction,
            Self::StatementTimeout { .. } => ErrorClass::StatementTimeout,
            Self::PoolTimeout { .. } => ErrorClass::PoolTimeout,
            Self::PoolExhausted { .. } => ErrorClass::PoolExhausted,
            Self::PoolClosed => ErrorClass::PoolClosed,
            Self::Unreachable { source } => source.class(),
            Self::ConnectionLost { .. } => ErrorClass::ConnectionLost,
            Self::CommitUnknown { .. } => ErrorClass::CommitUnknown,
            Self::ServerUnavailable { .. } => ErrorClass::ServerUnavailable,
            Self::Protocol { .. } => ErrorClass::Protocol,
            Self::UndefinedObject { .. } => ErrorClass::UndefinedObject,
            Self::TransactionAborted => ErrorClass::TransactionAborted,
            Self::NoDirectUrl => ErrorClass::NoDirectUrl,
            Self::Query { .. } => ErrorClass::Query,
        }
    }

    /// Whether the same call can succeed when it is repeated and cannot do its work twice.
    ///
    /// False for [`DbError::ConnectionLost`] and its like: the server may have done what it was
    /// told. A caller that only reads, or that can recognise its own earlier write, may repeat
    /// those too.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::SerializationFailure { .. }
                | Self::Deadlock { .. }
                | Self::LockNotAvailable { .. }
                | Self::PoolTimeout { .. }
                | Self::PoolExhausted { .. }
                | Self::Unreachable { .. }
        )
    }

    /// The same error for another caller; none for an error of a statement, whose source has one owner.
    pub(crate) fn share(&self) -> Option<Self> {
        Some(match self {
            Self::StatementTimeout { limit } => Self::StatementTimeout { limit: *limit },
            Self::PoolTimeout { waited, max } => Self::PoolTimeout {
                waited: *waited,
                max: *max,
            },
            Self::PoolExhausted { waiting, max } => Self::PoolExhausted {
                waiting: *waiting,
                max: *max,
            },
            Self::PoolClosed => Self::PoolClosed,
            Self::Unreachable { source } => Self::Unreachable {
                source: Arc::clone(source),
            },
            _ => return None,
        })
    }

    /// The same error for another caller, with what the server said and without what else its source may hold.
    pub(crate) fn retell(&self) -> Self {
        if let Some(shared) = self.share() {
            return shared;
        }
        let source = match (self.postgres(), self.class()) {
            (Some(error), _) => PostgresError::clone(&error).into_diesel(),
            (None, ErrorClass::NotFound) => DieselError::NotFound,
            (None, ErrorClass::ConnectionLost) => {
                PostgresError::connection_lost(self.to_string()).into_diesel()
            }
            (None, _) => DieselError::DeserializationError(self.to_string().into()),
        };
        source.into()
    }

    /// Whether a statement outside of a transaction had no effect, and the same one may have one on another try: the server
    /// refused it, or it was not sent.
    pub(crate) fn is_refusal(&self) -> bool {
        if let Self::Query {
            source: DieselError::SerializationError(_) | DieselError::QueryBuilderError(_),
        } = self
        {
            return true;
        }
        let is_of_statement = matches!(
            self.class(),
            ErrorClass::ConstraintViolation
                | ErrorClass::SerializationFailure
                | ErrorClass::Deadlock
                | ErrorClass::LockNotAvailable
                | ErrorClass::Cancelled
                | ErrorClass::ReadOnlyTransaction
                | ErrorClass::UndefinedObject
                | ErrorClass::Query
        );
        let is_answer = |error: &PostgresError| {
            error.sqlstate.is_some() && !error.is_connection_lost && !error.is_of_look_up()
        };
        is_of_statement && self.postgres().is_some_and(|error| is_answer(&error))
    }

    /// What PostgreSQL said, with its SQLSTATE; none where the error is not the server's or the
    /// driver's.
    #[must_use]
    pub fn postgres(&self) -> Option<Arc<PostgresError>> {
        match self {
            Self::ConstraintViolation { source, .. }
            | Self::SerializationFailure { source }
            | Self::Deadlock { source }
            | Self::LockNotAvailable { source }
            | Self::Cancelled { source }
            | Self::ReadOnlyTransaction { source }
            | Self::ConnectionLost { source }
            | Self::CommitUnknown { source }
            | Self::ServerUnavailable { source }
            | Self::Protocol { source }
            | Self::UndefinedObject { source }
            | Self::Query { source } => PostgresError::of(source),
            Self::Unreachable { source } => source.postgres(),
            Self::NotFound
            | Self::StatementTimeout { .. }
            | Self::PoolTimeout { .. }
            | Self::PoolExhausted { .. }
            | Self::PoolClosed
            | Self::TransactionAborted
            | Self::NoDirectUrl => None,
        }
    }
}

impl From<DieselError> for DbError {
    fn from(source: DieselError) -> Self {
        match class_of(&source) {
            ErrorClass::ConstraintViolation => Self::violation(source),
            ErrorClass::NotFound => Self::NotFound,
            ErrorClass::SerializationFailure => Self::SerializationFailure { source },
            ErrorClass::Deadlock => Self::Deadlock { source },
            ErrorClass::LockNotAvailable => Self::LockNotAvailable { source },
            ErrorClass::Cancelled => Self::Cancelled { source },
            ErrorClass::ReadOnlyTransaction => Self::ReadOnlyTransaction { source },
            ErrorClass::StatementTimeout => match statement_deadline(&source) {
                Some(limit) => Self::StatementTimeout { limit },
                None => Self::Query { source },
            },
            ErrorClass::TransactionAborted => Self::TransactionAborted,
            ErrorClass::ConnectionLost => Self::ConnectionLost { source },
            ErrorClass::CommitUnknown => Self::CommitUnknown { source },
            ErrorClass::ServerUnavailable => Self::ServerUnavailable { source },
            ErrorClass::Protocol => Self::Protocol { source },
            ErrorClass::UndefinedObject => Self::UndefinedObject { source },
            // The others are those of connecting, which gives no error of Diesel's.
            ErrorClass::PoolTimeout
            | ErrorClass::PoolExhausted
            | ErrorClass::PoolClosed
            | ErrorClass::Unreachable
            | ErrorClass::TooManyConnections
            | ErrorClass::NoDirectUrl
            | ErrorClass::Query => Self::Query { source },
        }
    }
}

impl DbError {
    fn violation(source: DieselError) -> Self {
        let kind = constraint_kind(&source);
        let (Some(kind), DieselError::DatabaseError(_, information)) = (kind, &source) else {
            return Self::Query { source };
        };
        let owned = |name: Option<&str>| name.map(ToOwned::to_owned);
        Self::ConstraintViolation {
            kind,
            table: owned(information.table_name()),
            constraint: owned(information.constraint_name()),
            column: owned(information.column_name()),
            source,
        }
    }
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

/// Prints the SQLSTATE, where there is one.
struct Code<'a>(&'a DieselError);

impl fmt::Display for Code<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match PostgresError::of(self.0).and_then(|error| error.sqlstate.clone()) {
            Some(sqlstate) => write!(formatter, " (SQLSTATE {sqlstate})"),
            None => Ok(()),
        }
    }
}
