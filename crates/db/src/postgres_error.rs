//! What PostgreSQL said, whole: SQLSTATE, severity and place, kept behind Diesel's error.
//!
//! Diesel knows eight kinds of database errors and calls all others `Unknown`; deadlocks, time-outs
//! and shutdowns are among those. Their message cannot tell them apart, since it depends on the
//! server's language. So each error that a [`Connection`](crate::Connection) gives carries a
//! [`PostgresError`], and [`PostgresError::of`] finds it again.

use std::cell::Cell;
use std::error::Error as _;
use std::fmt;
use std::io;
use std::sync::Arc;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};
use tokio_postgres::error::{DbError as Response, ErrorPosition, Severity};

/// A failure of a statement or of its connection, as the server or the driver told it.
///
/// The fields are those of PostgreSQL's protocol ("Error and Notice Message Fields"). Message,
/// detail, hint and context are in the server's language and may quote values of rows: they are for logs,
/// never for decisions or answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostgresError {
    /// The five characters of the SQLSTATE. None where the driver reports, and not the server.
    pub sqlstate: Option<String>,
    /// The message, or the driver's own words with their causes.
    pub message: String,
    /// More about the problem.
    pub detail: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where it happened: lines of a function, of a COPY.
    pub context: Option<String>,
    /// The schema of the table or type at fault.
    pub schema: Option<String>,
    /// The table at fault, without its schema.
    pub table: Option<String>,
    /// The column at fault.
    pub column: Option<String>,
    /// The constraint or the unique index that is violated.
    pub constraint: Option<String>,
    /// The data type at fault, such as the domain that refused a value.
    pub data_type: Option<String>,
    /// The character of the statement that the error points at, from 1.
    pub position: Option<i32>,
    /// How bad it is. None where the driver reports.
    pub severity: Option<ErrorSeverity>,
    /// The connection is of no use any more.
    pub is_connection_lost: bool,
    /// COMMIT went out and its answer did not come: whether the transaction took place is not
    /// known.
    pub is_commit_unknown: bool,
}

/// The severities of errors. The server's language does not matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorSeverity {
    /// The statement failed, and with it the transaction around it.
    Error,
    /// The server ended the connection.
    Fatal,
    /// The server ended every connection.
    Panic,
}

impl PostgresError {
    /// What lies behind `error`, where it came from a [`Connection`](crate::Connection).
    ///
    /// It looks at the error of the COMMIT where a transaction failed to commit and then to roll
    /// back.
    #[must_use]
    pub fn of(error: &DieselError) -> Option<Arc<Self>> {
        match error {
            DieselError::DatabaseError(_, information) => ask(&**information),
            DieselError::RollbackErrorOnCommit { commit_error, .. } => Self::of(commit_error),
            _ => None,
        }
    }

    /// Whether this is the error with that SQLSTATE.
    #[must_use]
    pub fn is(&self, sqlstate: &str) -> bool {
        self.sqlstate.as_deref() == Some(sqlstate)
    }

    /// Whether the driver may have failed to look a column's type up. It does so by named statements of its own, when the
    /// answer comes and the server has run the statement; without names ([`Pooler`](crate::Pooler)) the server refuses
    /// them as unknown or taken.
    pub(crate) fn is_of_look_up(&self) -> bool {
        self.is("26000") || self.is("42P05")
    }

    /// Takes over what the driver gives.
    pub(crate) fn from_driver(error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(response) => Self::from_response(response),
            None => Self {
                message: with_causes(error),
                // What cannot be encoded was never sent. Anything else leaves the protocol in an
                // unknown state.
                is_connection_lost: !is_invalid_input(error),
                ..Self::default()
            },
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "kept for logs and people; no code decides by them"
    )]
    fn from_response(response: &Response) -> Self {
        let text = |field: Option<&str>| field.map(ToOwned::to_owned);
        let severity = match response.parsed_severity() {
            Some(Severity::Panic) => ErrorSeverity::Panic,
            Some(Severity::Fatal) => ErrorSeverity::Fatal,
            Some(_) => ErrorSeverity::Error,
            // The server always sends the field that is the same in every language. A pooler's own errors have only the
            // other one: in English, since a pooler has no language.
            None => match response.severity() {
                "PANIC" => ErrorSeverity::Panic,
                "FATAL" => ErrorSeverity::Fatal,
                _ => ErrorSeverity::Error,
            },
        };
        let position = match response.position() {
            Some(ErrorPosition::Original(position)) => i32::try_from(*position).ok(),
            // Points into a function's text, not into the statement's.
            Some(ErrorPosition::Internal { .. }) | None => None,
        };
        Self {
            sqlstate: Some(response.code().code().to_owned()),
            message: response.message().to_owned(),
            detail: text(response.detail()),
            hint: text(response.hint()),
            context: text(response.where_()),
            schema: text(response.schema()),
            table: text(response.table()),
            column: text(response.column()),
            constraint: text(response.constraint()),
            data_type: text(response.datatype()),
            position,
            severity: Some(severity),
            is_connection_lost: severity != ErrorSeverity::Error,
            is_commit_unknown: false,
        }
    }

    /// A connection that may not be used any more, in our own words.
    pub(crate) fn connection_lost(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            is_connection_lost: true,
            ..Self::default()
        }
    }

    /// Wraps this into Diesel's error, with the kind that Diesel has for it.
    pub(crate) fn into_diesel(self) -> DieselError {
        let kind = self.kind();
        DieselError::DatabaseError(kind, Box::new(Information(Arc::new(self))))
    }

    fn kind(&self) -> DatabaseErrorKind {
        if self.is_connection_lost {
            return DatabaseErrorKind::ClosedConnection;
        }
        match self.sqlstate.as_deref() {
            Some("23505") => DatabaseErrorKind::UniqueViolation,
            Some("23503") => DatabaseErrorKind::ForeignKeyViolation,
            Some("23001") => DatabaseErrorKind::RestrictViolation,
            Some("23502") => DatabaseErrorKind::NotNullViolation,
            Some("23514") => DatabaseErrorKind::CheckViolation,
            Some("23P01") => DatabaseErrorKind::ExclusionViolation,
            Some("40001") => DatabaseErrorKind::SerializationFailure,
            Some("25006") => DatabaseErrorKind::ReadOnlyTransaction,
            _ => DatabaseErrorKind::Unknown,
        }
    }
}

impl fmt::Display for PostgresError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sqlstate {
            Some(sqlstate) => write!(formatter, "{} (SQLSTATE {sqlstate})", self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

impl std::error::Error for PostgresError {}

/// The error as Diesel wants to see it.
struct Information(Arc<PostgresError>);

/// The state of the question that [`ask`] puts to an [`Information`].
#[derive(Default)]
enum Question {
    #[default]
    None,
    Asked,
    Answered(Arc<PostgresError>),
}

thread_local! {
    static QUESTION: Cell<Question> = const { Cell::new(Question::None) };
}

/// Gets the [`PostgresError`] out of Diesel's error information, a trait object that cannot be
/// downcast.
///
/// It leaves a question in a thread-local place and calls a method of the trait: an [`Information`]
/// then leaves itself as the answer, any other implementation knows nothing of it. All of this
/// happens within one call on one thread.
fn ask(information: &dyn DatabaseErrorInformation) -> Option<Arc<PostgresError>> {
    QUESTION
        .try_with(|question| {
            question.set(Question::Asked);
            let _ = information.statement_position();
            match question.take() {
                Question::Answered(error) => Some(error),
                Question::None | Question::Asked => None,
            }
        })
        .ok()?
}

impl DatabaseErrorInformation for Information {
    fn message(&self) -> &str {
        &self.0.message
    }

    fn details(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    fn table_name(&self) -> Option<&str> {
        self.0.table.as_deref()
    }

    fn column_name(&self) -> Option<&str> {
        self.0.column.as_deref()
    }

    fn constraint_name(&self) -> Option<&str> {
        self.0.constraint.as_deref()
    }

    fn statement_position(&self) -> Option<i32> {
        // No answer while the thread ends: nobody asks then.
        let _ = QUESTION.try_with(|question| {
            if let Question::Asked = question.take() {
                question.set(Question::Answered(Arc::clone(&self.0)));
            }
        });
        self.0.position
    }
}

/// The driver's text names what it did; the reason is in its sources.
fn with_causes(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn is_invalid_input(error: &tokio_postgres::Error) -> bool {
    error
        .source()
        .and_then(|cause| cause.downcast_ref::<io::Error>())
        .is_some_and(|cause| cause.kind() == io::ErrorKind::InvalidInput)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unique_violation() -> PostgresError {
        PostgresError {
            sqlstate: Some("23505".to_owned()),
            constraint: Some("users_email_key".to_owned()),
            position: Some(7),
            severity: Some(ErrorSeverity::Error),
            ..PostgresError::default()
        }
    }

    #[test]
    fn is_found_behind_diesels_error() {
        let error = unique_violation().into_diesel();
        assert!(matches!(
            error,
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)
        ));
        for _ in 0..2 {
            assert_eq!(
                PostgresError::of(&error).as_deref(),
                Some(&unique_violation())
            );
        }
        let nested = DieselError::RollbackErrorOnCommit {
            rollback_error: Box::new(DieselError::BrokenTransactionManager),
            commit_error: Box::new(error),
        };
        assert!(PostgresError::of(&nested).is_some_and(|error| error.is("23505")));
    }

    #[test]
    fn is_not_found_behind_the_errors_of_others() {
        // An error of ours that was looked at in the usual way leaves nothing behind.
        let ours = unique_violation().into_diesel();
        if let DieselError::DatabaseError(_, information) = &ours {
            assert_eq!(information.statement_position(), Some(7));
        }
        let foreign =
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new("text".to_owned()));
        assert_eq!(PostgresError::of(&foreign), None);
        assert_eq!(PostgresError::of(&DieselError::NotFound), None);
    }

    #[test]
    fn is_found_on_another_thread() {
        let error = unique_violation().into_diesel();
        let found = std::thread::spawn(move || PostgresError::of(&error)).join();
        assert!(found.is_ok_and(|found| found.is_some()));
    }
}
