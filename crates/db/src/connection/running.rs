//! Statements under way: who watches them, how long they may take, and what happens when nobody
//! waits for them any more.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use diesel::result::{Error as DieselError, QueryResult};
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_postgres::CancelToken;

use super::cancel::cancel;
use super::socket::Socket;
use crate::config::Target;
use crate::error::{StatementDeadline, class_of, is_statement_deadline};
use crate::{ErrorClass, Observer, PostgresError, QueryObservation};

/// How long the request to cancel a statement may take. It is sent once.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(5);

/// Later than any statement ends.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The part of a connection that a statement's future shares with it.
pub(super) struct Session {
    pub(super) observer: Arc<dyn Observer>,
    pub(super) cancel: CancelToken,
    pub(super) target: Target,
    pub(super) server_version: String,
    pub(super) socket: Socket,
    /// Statements that went out and whose end was not seen. A future that is dropped, or leaked,
    /// leaves its one here.
    pub(super) unfinished: AtomicUsize,
    /// Of whatever statement is waited for.
    pub(super) clock: Mutex<Clock>,
}

impl Session {
    /// Whether a statement was left before its end. Its answer, or its cancellation, may still be
    /// under way.
    pub(super) fn was_left(&self) -> bool {
        self.unfinished.load(Ordering::Acquire) != 0
    }

    /// The driver's error for Diesel, with what ended the connection in place of a mere "closed".
    pub(super) fn error(&self, error: &tokio_postgres::Error) -> DieselError {
        let error = match self.socket.end() {
            Some(end) if error.is_closed() => end.clone(),
            _ => PostgresError::from_driver(error),
        };
        error.into_diesel()
    }

    /// The error of a connection that is found closed, with what ended it where that is known.
    pub(super) fn closed(&self) -> DieselError {
        match self.socket.end() {
            Some(end) => end.clone(),
            None => PostgresError::connection_lost("the connection is closed"),
        }
        .into_diesel()
    }

    fn take_clock(&self) -> Clock {
        std::mem::take(&mut *self.clock.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put_clock(&self, clock: Clock) {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = clock;
    }

    /// Asks the server to stop whatever runs on this connection. Nobody waits for it.
    fn cancel(&self) {
        let token = self.cancel.clone();
        let target = self.target.clone();
        // A future may be dropped outside of any runtime.
        self.socket.runtime().spawn(async move {
            // Should it fail, the server still ends the statement when it finds the socket closed.
            let _ = timeout(CANCEL_TIMEOUT, cancel(&token, &target)).await;
        });
    }
}

/// A timer that is kept from one statement to the next, since most end long before their limit: it
/// stays set for the limit of an earlier one, and is only set anew when it rings, which is too
/// early then. Setting it for each would cost more than all else that a statement needs here.
#[derive(Default)]
pub(super) struct Clock(Option<Pin<Box<Sleep>>>);

impl Clock {
    /// `runtime` is the connection's own. That of the caller may end sooner, and with it its timers.
    fn poll_until(
        &mut self,
        deadline: Instant,
        runtime: &Handle,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| {
            let _within = runtime.enter();
            Box::pin(sleep_until(deadline))
        });
        if sleep.deadline() > deadline {
            sleep.as_mut().reset(deadline);
        }
        loop {
            ready!(sleep.as_mut().poll(context));
            if sleep.deadline() >= deadline {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
    }
}

/// The text of a statement, shared or known when this was compiled.
pub(super) enum Text {
    Shared(Arc<str>),
    Known(&'static str),
}

impl Text {
    fn as_str(&self) -> &str {
        match self {
            Self::Shared(text) => text,
            Self::Known(text) => text,
        }
    }
}

impl From<&Arc<str>> for Text {
    fn from(text: &Arc<str>) -> Self {
        Self::Shared(Arc::clone(text))
    }
}

impl From<&'static str> for Text {
    fn from(text: &'static str) -> Self {
        Self::Known(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::Shared(text.into())
    }
}

/// A statement under way. Dropped before [`Running::finish`], it cancels the statement on the
/// server, and its connection is of no use any more.
pub(super) struct Running {
    session: Arc<Session>,
    /// What the observer is told.
    statement: Text,
    started: Instant,
    observation: Option<Box<dyn QueryObservation>>,
    is_told: bool,
    is_finished: bool,
}

impl Running {
    /// `statement` is the SQL text that the observer is told.
    pub(super) fn start(session: &Arc<Session>, statement: impl Into<Text>) -> Self {
        let statement = statement.into();
        session.unfinished.fetch_add(1, Ordering::AcqRel);
        Self {
            session: Arc::clone(session),
            observation: session.observer.query(statement.as_str()),
            started: Instant::now(),
            statement,
            is_told: false,
            is_finished: false,
        }
    }

    /// Waits for `work`, for as long as `limit` allows. Does not finish the statement.
    /// `work` waits for answers from the connection's socket and for nothing else.
    ///
    /// `work` is pinned by the caller: it is large, and would be copied on its way in here.
    ///
    /// # Errors
    /// That of `work`, or [`StatementDeadline`].
    pub(super) async fn wait<R>(
        &mut self,
        limit: Option<Duration>,
        mut work: Pin<&mut impl Future<Output = QueryResult<R>>>,
    ) -> QueryResult<R> {
        let socket = &self.session.socket;
        let Some(limit) = limit else {
            return socket.drive(work).await;
        };
        socket.begin();
        let deadline = self.started.checked_add(limit);
        let deadline = deadline.unwrap_or(self.started + FAR);
        let mut clock = self.session.take_clock();
        let result = poll_fn(|context| {
            match socket.poll_with(context, |context| work.as_mut().poll(context)) {
                Poll::Ready(result) => Poll::Ready(result),
                Poll::Pending => {
                    ready!(clock.poll_until(deadline, socket.runtime(), context));
                    Poll::Ready(Err(StatementDeadline { limit }.into()))
                }
            }
        })
        .await;
        self.session.put_clock(clock);
        result
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
        if std::mem::replace(&mut self.is_told, true) {
            return;
        }
        let took = self.started.elapsed();
        let observer = &self.session.observer;
        observer.query_finished(self.statement.as_str(), took, outcome);
        if let Some(observation) = self.observation.take() {
            observation.finished(took, outcome);
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn set(clock: &mut Clock, deadline: Instant) {
        let runtime = Handle::current();
        let polled = poll_fn(|context| {
            let polled = clock.poll_until(deadline, &runtime, context);
            Poll::Ready(polled)
        });
        assert!(polled.await.is_pending());
    }

    async fn ring(clock: &mut Clock, after: Duration) -> Duration {
        let started = Instant::now();
        let runtime = Handle::current();
        poll_fn(|context| clock.poll_until(started + after, &runtime, context)).await;
        started.elapsed()
    }

    #[tokio::test]
    async fn a_clock_rings_in_time_whatever_it_was_set_for_before() {
        let mut clock = Clock::default();
        let hour = Instant::now() + Duration::from_secs(3600);
        set(&mut clock, hour).await;
        // Sooner than it is set for, later than that, and after it has rung.
        for milliseconds in [20, 60, 30] {
            let after = Duration::from_millis(milliseconds);
            let rang = ring(&mut clock, after).await;
            assert!(rang >= after, "{rang:?} instead of {after:?}");
            assert!(
                rang < Duration::from_secs(60),
                "{rang:?} instead of {after:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_clock_that_is_set_for_an_earlier_statement_does_not_end_a_later_one() {
        let mut clock = Clock::default();
        let soon = Instant::now() + Duration::from_millis(20);
        set(&mut clock, soon).await;
        let rang = ring(&mut clock, Duration::from_millis(100)).await;
        assert!(rang >= Duration::from_millis(100), "{rang:?}");
    }
}
