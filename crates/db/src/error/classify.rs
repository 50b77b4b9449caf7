//! From an error to its class, by SQLSTATE. No message is read: messages depend on the server's
//! language.
//!
//! The codes are those of PostgreSQL's appendix A, "PostgreSQL Error Codes".

use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::marker::{AbandonedStatement, StatementDeadline, StatementFailedBefore};
use super::{ConstraintKind, ErrorClass};
use crate::PostgresError;

/// The class of an error that a query gave.
pub(crate) fn class_of(error: &DieselError) -> ErrorClass {
    match error {
        DieselError::NotFound => ErrorClass::NotFound,
        // The connection broke within a transaction, and the error that said so was not passed on.
        DieselError::BrokenTransactionManager => ErrorClass::ConnectionLost,
        DieselError::QueryBuilderError(source) if source.is::<StatementDeadline>() => {
            ErrorClass::StatementTimeout
        }
        DieselError::QueryBuilderError(source) if source.is::<StatementFailedBefore>() => {
            ErrorClass::TransactionAborted
        }
        DieselError::QueryBuilderError(source) if source.is::<AbandonedStatement>() => {
            ErrorClass::ConnectionLost
        }
        DieselError::DatabaseError(kind, _) => match PostgresError::of(error) {
            Some(error) => class_of_postgres(&error),
            None => class_of_kind(kind),
        },
        // The commit's error says what happened; that the rollback failed too says only that the
        // connection is gone.
        DieselError::RollbackErrorOnCommit { commit_error, .. } => class_of(commit_error),
        _ => ErrorClass::Query,
    }
}

/// The class of a SQLSTATE; none where it is one of the many that callers need not tell apart.
pub(crate) fn class_of_sqlstate(sqlstate: &str) -> Option<ErrorClass> {
    Some(match sqlstate {
        "23505" | "23503" | "23001" | "23502" | "23514" | "23P01" => {
            ErrorClass::ConstraintViolation
        }
        "40001" => ErrorClass::SerializationFailure,
        "40P01" => ErrorClass::Deadlock,
        "55P03" => ErrorClass::LockNotAvailable,
        "57014" => ErrorClass::Cancelled,
        "25006" => ErrorClass::ReadOnlyTransaction,
        // A statement in a transaction that is aborted already.
        "25P02" => ErrorClass::TransactionAborted,
        "53300" => ErrorClass::TooManyConnections,
        "57P01" | "57P02" | "57P03" => ErrorClass::ServerUnavailable,
        "08P01" => ErrorClass::Protocol,
        // Table, column, type or other object, function, schema.
        "42P01" | "42703" | "42704" | "42883" | "3F000" => ErrorClass::UndefinedObject,
        _ => return None,
    })
}

fn class_of_postgres(error: &PostgresError) -> ErrorClass {
    if error.is_commit_unknown {
        return ErrorClass::CommitUnknown;
    }
    match error.sqlstate.as_deref().and_then(class_of_sqlstate) {
        // What PgBouncer says when its server is gone, and to whatever else it ends a connection for. A server that does
        // not understand a statement keeps the connection.
        Some(ErrorClass::Protocol) if error.is_connection_lost => ErrorClass::ConnectionLost,
        Some(class) => class,
        // Class 08 is that of connection exceptions, such as a pooler reports them.
        None if error.is_connection_lost || has_class(error, "08") => ErrorClass::ConnectionLost,
        None => ErrorClass::Query,
    }
}

fn has_class(error: &PostgresError, class: &str) -> bool {
    let sqlstate = error.sqlstate.as_deref();
    sqlstate.is_some_and(|sqlstate| sqlstate.starts_with(class))
}

/// An error that no connection of ours gave keeps the kind that Diesel has for it.
fn class_of_kind(kind: &DatabaseErrorKind) -> ErrorClass {
    match kind {
        DatabaseErrorKind::UniqueViolation
        | DatabaseErrorKind::ForeignKeyViolation
        | DatabaseErrorKind::RestrictViolation
        | DatabaseErrorKind::NotNullViolation
        | DatabaseErrorKind::CheckViolation
        | DatabaseErrorKind::ExclusionViolation => ErrorClass::ConstraintViolation,
        DatabaseErrorKind::SerializationFailure => ErrorClass::SerializationFailure,
        DatabaseErrorKind::ReadOnlyTransaction => ErrorClass::ReadOnlyTransaction,
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            ErrorClass::ConnectionLost
        }
        _ => ErrorClass::Query,
    }
}

/// Which kind of constraint is violated. Diesel has a kind for each.
pub(super) fn constraint_kind(error: &DieselError) -> Option<ConstraintKind> {
    let DieselError::DatabaseError(kind, _) = error else {
        return None;
    };
    Some(match kind {
        DatabaseErrorKind::UniqueViolation => ConstraintKind::Unique,
        DatabaseErrorKind::ForeignKeyViolation | DatabaseErrorKind::RestrictViolation => {
            ConstraintKind::ForeignKey
        }
        DatabaseErrorKind::NotNullViolation => ConstraintKind::NotNull,
        DatabaseErrorKind::CheckViolation => ConstraintKind::Check,
        DatabaseErrorKind::ExclusionViolation => ConstraintKind::Exclusion,
        _ => return None,
    })
}

/// The limit that passed, where the client gave a statement up.
pub(super) fn statement_deadline(error: &DieselError) -> Option<Duration> {
    let DieselError::QueryBuilderError(source) = error else {
        return None;
    };
    let deadline: &StatementDeadline = source.downcast_ref()?;
    Some(deadline.limit)
}
