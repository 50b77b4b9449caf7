//! The classes of errors, and the kinds of constraints.

use std::fmt;

/// The kind of a [`DbError`](crate::DbError): a small value with a stable name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// See [`DbError::ConstraintViolation`](crate::DbError::ConstraintViolation).
    ConstraintViolation,
    /// See [`DbError::NotFound`](crate::DbError::NotFound).
    NotFound,
    /// See [`DbError::SerializationFailure`](crate::DbError::SerializationFailure).
    SerializationFailure,
    /// See [`DbError::Deadlock`](crate::DbError::Deadlock).
    Deadlock,
    /// See [`DbError::LockNotAvailable`](crate::DbError::LockNotAvailable).
    LockNotAvailable,
    /// See [`DbError::ReadOnlyTransaction`](crate::DbError::ReadOnlyTransaction).
    ReadOnlyTransaction,
    /// See [`DbError::StatementTimeout`](crate::DbError::StatementTimeout).
    StatementTimeout,
    /// See [`DbError::PoolTimeout`](crate::DbError::PoolTimeout).
    PoolTimeout,
    /// See [`DbError::Unreachable`](crate::DbError::Unreachable).
    Unreachable,
    /// The server has no connection left for us (SQLSTATE 53300). A
    /// [`DbError::Unreachable`](crate::DbError::Unreachable).
    TooManyConnections,
    /// See [`DbError::ConnectionLost`](crate::DbError::ConnectionLost).
    ConnectionLost,
    /// See [`DbError::CommitUnknown`](crate::DbError::CommitUnknown).
    CommitUnknown,
    /// The server is starting or shutting down (SQLSTATE 57P01 to 57P03): at connecting a
    /// [`DbError::Unreachable`](crate::DbError::Unreachable), later a
    /// [`DbError::ServerUnavailable`](crate::DbError::ServerUnavailable).
    ServerUnavailable,
    /// See [`DbError::Protocol`](crate::DbError::Protocol).
    Protocol,
    /// See [`DbError::UndefinedObject`](crate::DbError::UndefinedObject).
    UndefinedObject,
    /// See [`DbError::TransactionAborted`](crate::DbError::TransactionAborted).
    TransactionAborted,
    /// See [`DbError::NoDirectUrl`](crate::DbError::NoDirectUrl).
    NoDirectUrl,
    /// See [`DbError::Cancelled`](crate::DbError::Cancelled). An [`Observer`](crate::Observer) is
    /// also told this where the caller went away before the answer came.
    Cancelled,
    /// See [`DbError::Query`](crate::DbError::Query).
    Query,
}

impl ErrorClass {
    /// Every class.
    pub const ALL: [Self; 19] = [
        Self::ConstraintViolation,
        Self::NotFound,
        Self::SerializationFailure,
        Self::Deadlock,
        Self::LockNotAvailable,
        Self::ReadOnlyTransaction,
        Self::StatementTimeout,
        Self::PoolTimeout,
        Self::Unreachable,
        Self::TooManyConnections,
        Self::ConnectionLost,
        Self::CommitUnknown,
        Self::ServerUnavailable,
        Self::Protocol,
        Self::UndefinedObject,
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
            Self::Deadlock => "deadlock",
            Self::LockNotAvailable => "lock_not_available",
            Self::ReadOnlyTransaction => "read_only_transaction",
            Self::StatementTimeout => "statement_timeout",
            Self::PoolTimeout => "pool_timeout",
            Self::Unreachable => "unreachable",
            Self::TooManyConnections => "too_many_connections",
            Self::ConnectionLost => "connection_lost",
            Self::CommitUnknown => "commit_unknown",
            Self::ServerUnavailable => "server_unavailable",
            Self::Protocol => "protocol",
            Self::UndefinedObject => "undefined_object",
            Self::TransactionAborted => "transaction_aborted",
            Self::NoDirectUrl => "no_direct_url",
            Self::Cancelled => "cancelled",
            Self::Query => "query",
        }
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
