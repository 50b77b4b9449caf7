//! The first statement of a loan on a connection that had died while it was idle.
//!
//! The pool looks at a connection before it lends it, without asking the server. What died just
//! before may still look alive, and is met by the first statement. That statement is repeated on
//! another connection where it cannot have taken effect on the first:
//!
//! - Nothing was sent, or only Parse, or BEGIN with or without a statement after it: what is not
//!   committed is rolled back.
//! - The server said that it terminates the connection, and said so before the statement went out,
//!   or before it accepted the statement's values: answers come in the order of the requests.
//! - The statement only reads.
//!
//! Any other may have been executed, so its caller hears of the lost connection. So it is with a
//! later statement of a loan, since the ones before it may have left something in the session.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::result::{Error as DieselError, QueryResult};
use futures_util::future::BoxFuture;
use tokio_postgres::error::SqlState;

use super::query::Query;
use super::{Connection, Transactions};
use crate::PostgresError;

/// Where another connection like this one comes from.
pub(crate) trait Replacement: Send + Sync {
    /// Opens one; none where that takes too long.
    fn open(&self) -> BoxFuture<'_, Option<Connection>>;
}

/// What a connection knows about the loan that it is on.
#[derive(Default)]
pub(super) struct Loan {
    source: Option<Arc<dyn Replacement>>,
    /// No statement has been sent yet.
    is_fresh: bool,
    /// The values of the statement under way have been sent, and the server has not refused to look
    /// at them.
    may_have_run: AtomicBool,
}

impl Loan {
    /// A statement went out that is not repeated.
    pub(super) fn is_used(&mut self) {
        self.is_fresh = false;
    }

    pub(super) fn statement_sent(&self) {
        self.may_have_run.store(true, Ordering::Relaxed);
    }

    /// What came back instead of an acceptance of the statement's values, on a connection with this
    /// `end`.
    pub(super) fn statement_refused(
        &self,
        error: &tokio_postgres::Error,
        end: Option<&PostgresError>,
    ) {
        let was_refused = match error.as_db_error() {
            // A pooler's own words have no routine. PostgreSQL's always do.
            Some(error) => *error.code() == SqlState::ADMIN_SHUTDOWN && error.routine().is_some(),
            // The driver ends with a message of the server's only where no answer is due: it had
            // not sent the statement.
            None => error.is_closed() && end.is_some_and(|end| end.sqlstate.is_some()),
        };
        if was_refused {
            self.may_have_run.store(false, Ordering::Relaxed);
        }
    }
}

/// The first statement of a loan, and the BEGIN that goes before it.
pub(super) struct First {
    begin: Option<Arc<str>>,
}

impl Connection {
    /// Says where another one comes from.
    pub(crate) fn set_replacement(&mut self, source: Arc<dyn Replacement>) {
        self.loan.source = Some(source);
    }

    /// It goes to its next user.
    pub(crate) fn lend(&mut self) {
        self.loan.is_fresh = true;
    }

    /// To be called before each statement. Gives what is needed to repeat the first of a loan.
    pub(super) fn first_of_loan(&mut self) -> Option<First> {
        if !std::mem::take(&mut self.loan.is_fresh) {
            return None;
        }
        self.loan.may_have_run.store(false, Ordering::Relaxed);
        let begin = self.transaction.waiting_begin().cloned();
        Some(First { begin })
    }

    /// Replaces a connection that is known to be closed before the first statement of a loan.
    pub(super) async fn replace_where_closed(&mut self, first: Option<&First>) {
        if let Some(first) = first
            && self.is_closed()
        {
            // Where there is none, the statement says that this one is closed.
            let _ = Box::pin(self.replace(first)).await;
        }
    }

    /// Whether `query`, which failed as the first of a loan, runs on another connection as if it
    /// had not been sent before.
    pub(super) fn can_repeat(&self, first: &First, query: &Query, error: &DieselError) -> bool {
        let is_lost = PostgresError::of(error).is_some_and(|error| error.is_connection_lost);
        let may_have_run = self.loan.may_have_run.load(Ordering::Relaxed);
        is_lost
            && !query.is_without_types
            && (first.begin.is_some() || !may_have_run || query.only_reads())
    }

    /// Puts another connection in the place of this one.
    pub(super) async fn replace(&mut self, first: &First) -> QueryResult<()> {
        let source = self.loan.source.clone();
        let opened = match &source {
            Some(source) => source.open().await,
            None => None,
        };
        // A BEGIN that was made for a session with a limit of its own needs another such session.
        let Some(fresh) = opened.filter(|fresh| fresh.server_limit == self.server_limit) else {
            return Err(self.session.closed());
        };
        let old = std::mem::replace(self, fresh);
        self.loan.source = source;
        self.statement_timeout = old.statement_timeout;
        self.instrumentation = old.instrumentation;
        match &first.begin {
            Some(begin) => Transactions::begin(self, Arc::clone(begin)),
            None => Ok(()),
        }
    }
}
