//! What a connection knows about its statements: which run, how they end, and how to stop them.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as DieselError, QueryResult};
use tokio_postgres::{CancelToken, NoTls};

use crate::error::{AbandonedStatement, StatementDeadline, class_of};
use crate::tls::Connector;
use crate::{ErrorClass, Observer, QueryObservation};

/// How long the request to cancel a statement may take. It is sent once.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(5);

/// No statement has failed in the open transaction.
const NONE_FAILED: u32 = u32::MAX;

/// The part of a connection that a running statement's future shares with it.
pub(crate) struct Session {
    observer: Arc<dyn Observer>,
    cancel: CancelToken,
    connector: Connector,
    server_version: String,
    /// A statement went out and its end was not seen. A dropped future leaves this so for good.
    has_unfinished: AtomicBool,
    /// The outermost depth at which a statement failed on the server since that transaction or
    /// savepoint began.
    failed_depth: AtomicU32,
}

impl Session {
    pub(crate) fn new(
        observer: Arc<dyn Observer>,
        cancel: CancelToken,
        connector: Connector,
        server_version: String,
    ) -> Self {
        Self {
            observer,
            cancel,
            connector,
            server_version,
            has_unfinished: AtomicBool::new(false),
            failed_depth: AtomicU32::new(NONE_FAILED),
        }
    }

    pub(crate) fn server_version(&self) -> &str {
        &self.server_version
    }

    pub(crate) fn has_unfinished(&self) -> bool {
        self.has_unfinished.load(Ordering::Acquire)
    }

    /// Whether a statement failed, and nothing was rolled back since.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed_depth.load(Ordering::Acquire) != NONE_FAILED
    }

    /// The transaction or savepoint at `depth` was rolled back, and with it whatever failed inside.
    pub(crate) fn rolled_back(&self, depth: u32) {
        if depth <= self.failed_depth.load(Ordering::Acquire) {
            self.failed_depth.store(NONE_FAILED, Ordering::Release);
        }
    }
}

/// A statement under way. Dropped before its end, it cancels the statement on the server and leaves
/// the connection unusable: the request to cancel may arrive late, and must not meet another
/// statement.
pub(crate) struct Running {
    session: Arc<Session>,
    depth: u32,
    observation: Option<Box<dyn QueryObservation>>,
    ended: bool,
}

impl Running {
    /// Waits for `work`, which is `statement`, for as long as `limit` allows. `depth` is the number
    /// of open transactions and savepoints.
    pub(crate) async fn run<R>(
        session: Arc<Session>,
        depth: u32,
        limit: Option<Duration>,
        statement: &str,
        work: impl Future<Output = QueryResult<R>>,
    ) -> QueryResult<R> {
        if session.has_unfinished() {
            return Err(AbandonedStatement.into());
        }
        session.has_unfinished.store(true, Ordering::Release);
        let running = Self {
            observation: session.observer.query(statement),
            session,
            depth,
            ended: false,
        };
        running.end(limit, work).await
    }

    async fn end<R>(
        mut self,
        limit: Option<Duration>,
        work: impl Future<Output = QueryResult<R>>,
    ) -> QueryResult<R> {
        let result = match limit {
            None => work.await,
            Some(limit) => match tokio::time::timeout(limit, work).await {
                Ok(result) => result,
                Err(_) => {
                    self.tell(Err(ErrorClass::StatementTimeout));
                    return Err(StatementDeadline { limit }.into());
                }
            },
        };
        self.ended = true;
        self.session.has_unfinished.store(false, Ordering::Release);
        if let Err(error) = &result
            && self.depth > 0
            && came_from_server(error)
        {
            self.session
                .failed_depth
                .fetch_min(self.depth, Ordering::AcqRel);
        }
        self.tell(result.as_ref().map(|_| ()).map_err(class_of));
        result
    }

    fn tell(&mut self, outcome: Result<(), ErrorClass>) {
        if let Some(observation) = self.observation.take() {
            observation.finished(outcome);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        self.tell(Err(ErrorClass::Cancelled));
        // Outside of a runtime, when everything is going down, closing the socket has to do.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let cancel = self.session.cancel.clone();
            let tls = self.session.connector.tls();
            runtime.spawn(async move {
                // Should it fail, the server still ends the statement when it finds the socket
                // closed.
                let _ = tokio::time::timeout(CANCEL_TIMEOUT, async {
                    match tls {
                        Some(tls) => cancel.cancel_query(tls).await,
                        None => cancel.cancel_query(NoTls).await,
                    }
                })
                .await;
            });
        }
    }
}

/// Whether the server refused the statement, which aborts the transaction around it.
fn came_from_server(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(kind, _) => !matches!(
            kind,
            DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection
        ),
        _ => false,
    }
}
