//! Statements under way: who watches them, how long they may take, and what happens when nobody
//! waits for them any more.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use diesel::result::{Error as DieselError, QueryResult};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_postgres::CancelToken;

use super::cancel::cancel;
use crate::config::Target;
use crate::error::{StatementDeadline, class_of, is_statement_deadline};
use crate::{ErrorClass, Observer, PostgresError, QueryObservation};

/// How long the request to cancel a statement may take. It is sent once.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(5);

/// The part of a connection that a statement's future shares with it.
pub(super) struct Session {
    pub(super) observer: Arc<dyn Observer>,
    pub(super) cancel: CancelToken,
    pub(super) target: Target,
    pub(super) server_version: String,
    /// Where requests to cancel run. A future may be dropped outside of any runtime.
    pub(super) runtime: Handle,
    /// Why the socket's task ended.
    pub(super) end: Arc<OnceLock<PostgresError>>,
    /// Tells the socket's task, by being dropped, that nobody needs it any more.
    pub(super) _held: oneshot::Sender<()>,
    /// Statements that went out and whose end was not seen. A future that is dropped, or leaked,
    /// leaves its one here.
    pub(super) unfinished: AtomicUsize,
}

impl Session {
    /// Whether a statement was left before its end. Its answer, or its cancellation, may still be
    /// under way.
    pub(super) fn was_left(&self) -> bool {
        self.unfinished.load(Ordering::Acquire) != 0
    }

    /// The driver's error for Diesel, with what ended the connection in place of a mere "closed".
    pub(super) fn error(&self, error: &tokio_postgres::Error) -> DieselError {
        let error = match self.end.get() {
            Some(end) if error.is_closed() => end.clone(),
            _ => PostgresError::from_driver(error),
        };
        error.into_diesel()
    }

    /// The error of a connection that is found closed, with what ended it where that is known.
    pub(super) fn closed(&self) -> DieselError {
        match self.end.get() {
            Some(end) => end.clone(),
            None => PostgresError::connection_lost("the connection is closed"),
        }
        .into_diesel()
    }

    /// Asks the server to stop whatever runs on this connection. Nobody waits for it.
    fn cancel(&self) {
        let token = self.cancel.clone();
        let target = self.target.clone();
        self.runtime.spawn(async move {
            // Should it fail, the server still ends the statement when it finds the socket closed.
            let _ = timeout(CANCEL_TIMEOUT, cancel(&token, &target)).await;
        });
    }
}

/// A statement under way. Dropped before [`Running::finish`], it cancels the statement on the
/// server, and its connection is of no use any more.
pub(super) struct Running {
    session: Arc<Session>,
    observation: Option<(Instant, Box<dyn QueryObservation>)>,
    is_finished: bool,
}

impl Running {
    /// `statement` is the SQL text that the observer is told.
    pub(super) fn start(session: &Arc<Session>, statement: &str) -> Self {
        session.unfinished.fetch_add(1, Ordering::AcqRel);
        Self {
            session: Arc::clone(session),
            observation: session
                .observer
                .query(statement)
                .map(|observation| (Instant::now(), observation)),
            is_finished: false,
        }
    }

    /// Waits for `work`, for as long as `limit` allows. Does not finish the statement.
    ///
    /// # Errors
    /// That of `work`, or [`StatementDeadline`].
    pub(super) async fn wait<R>(
        &mut self,
        limit: Option<Duration>,
        work: impl Future<Output = QueryResult<R>>,
    ) -> QueryResult<R> {
        match limit {
            None => work.await,
            Some(limit) => match timeout(limit, work).await {
                Ok(result) => result,
                Err(_) => Err(StatementDeadline { limit }.into()),
            },
        }
    }

    /// The statement has ended: its last row, or its error, has come.
    ///
    /// Where the error is a [`StatementDeadline`], it has not, and is cancelled.
    pub(super) fn finish(mut self, error: Option<&DieselError>) {
        let outcome = error.map_or(Ok(()), |error| Err(class_of(error)));
        self.tell(outcome);
        if !error.is_some_and(is_statement_deadline) {
            self.is_finished = true;
            self.session.unfinished.fetch_sub(1, Ordering::AcqRel);
        }
    }

    fn tell(&mut self, outcome: Result<(), ErrorClass>) {
        if let Some((started, observation)) = self.observation.take() {
            observation.finished(started.elapsed(), outcome);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_finished {
            self.tell(Err(ErrorClass::Cancelled));
            self.session.cancel();
        }
    }
}
