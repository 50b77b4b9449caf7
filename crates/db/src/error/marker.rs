//! Errors of our own that travel inside of Diesel's, where Diesel has no variant for them.
//!
//! Of Diesel's variants, `QueryBuilderError` and its two siblings keep an error's type, so that it
//! can be found again.

use std::time::Duration;

use diesel::result::Error as DieselError;

/// The limit of a statement passed on the client's side. It travels inside of Diesel's error, and
/// `DbError` finds it.
#[derive(Debug, thiserror::Error)]
#[error("the statement took longer than {}", humantime::format_duration(*.limit))]
pub(crate) struct StatementDeadline {
    pub(crate) limit: Duration,
}

impl From<StatementDeadline> for DieselError {
    fn from(deadline: StatementDeadline) -> Self {
        Self::QueryBuilderError(Box::new(deadline))
    }
}

/// Whether the client gave a statement up, and the server may still run it.
pub(crate) fn is_statement_deadline(error: &DieselError) -> bool {
    matches!(error, DieselError::QueryBuilderError(source) if source.is::<StatementDeadline>())
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
