//! The pool: bb8's, with a fair and bounded queue before it and the reason for a failure behind it.
//!
//! - `queue`: who may have a connection, in which order, and how many may wait for one.
//! - `source`: how connections are opened, again and again while the server is away.
//! - `outage`: when waiting for it has become pointless.

mod outage;
mod queue;
mod source;

use std::fmt;
use std::future::{Future, poll_fn};
use std::ops::{Deref, DerefMut};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::SemaphorePermit;
use tokio::time::timeout_at;

use crate::config::DatabaseConfig;
use crate::connect::ConnectError;
use crate::connection::{Connection, Options};
use crate::{DbError, Observer};
use outage::Watch;
use queue::{Counted, NoPermit, Queue};
use source::{GaveUp, Manager, PoolFailure, Source};

/// How often idle and old connections are looked for, at most.
const REAPER_RATE_MAX: Duration = Duration::from_secs(30);

/// How the pool is doing. A moment's view: the numbers change while they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolStatus {
    /// The most connections that the pool may hold.
    pub max: u32,
    /// Open connections, idle or in use.
    pub connections: u32,
    /// Connections that wait for a user.
    pub idle: u32,
    /// Connections that have one.
    pub in_use: u32,
    /// Callers that wait for a connection, in the queue or while one is opened. Those who wait
    /// together, as in a [`DataLoader`](crate::DataLoader), count as one.
    pub waiting: u32,
}

pub(crate) struct Pool {
    source: Arc<Source>,
    /// Made at first use: bb8 needs a runtime to start in.
    connections: OnceLock<bb8::Pool<Manager>>,
    queue: Queue,
    waiting: AtomicU32,
}

impl Pool {
    pub(crate) fn new(config: DatabaseConfig, observer: Arc<dyn Observer>) -> Self {
        Self {
            queue: Queue::new(config.pool_max(), config.pool_queue_max()),
            source: Arc::new(Source::new(config, observer)),
            connections: OnceLock::new(),
            waiting: AtomicU32::new(0),
        }
    }

    pub(crate) fn config(&self) -> &DatabaseConfig {
        &self.source.config
    }

    pub(crate) fn observer(&self) -> &Arc<dyn Observer> {
        &self.source.observer
    }

    /// What a connection of the pool is like.
    pub(crate) fn options(&self) -> Options {
        self.source.options()
    }

    pub(crate) fn status(&self) -> PoolStatus {
        let (connections, idle) = match self.connections.get() {
            Some(pool) => {
                let state = pool.state();
                (state.connections, state.idle_connections)
            }
            None => (0, 0),
        };
        PoolStatus {
            max: self.config().pool_max(),
            connections,
            idle,
            in_use: connections.saturating_sub(idle),
            waiting: self.waiting.load(Ordering::Relaxed),
        }
    }

    /// Waits for a connection, first come, first served.
    pub(crate) async fn acquire(&self) -> Result<PooledConnection<'_>, DbError> {
        self.acquire_since(Instant::now()).await
    }

    /// The same for a caller who has waited since `started`.
    pub(crate) async fn acquire_since(
        &self,
        started: Instant,
    ) -> Result<PooledConnection<'_>, DbError> {
        let result = self.acquire_together(started, |_| None).await;
        let outcome = result.as_ref().map(|_| ()).map_err(DbError::class);
        self.observer().acquired(started.elapsed(), outcome);
        result
    }

    /// Waits for a connection for callers who wait together, in one place of the queue. The first has waited since `started`.
    /// When a caller's time is over, `late` hears why, and says since when the next has waited, if there is one.
    ///
    /// The observer is not told.
    pub(crate) async fn acquire_together(
        &self,
        started: Instant,
        mut late: impl FnMut(DbError) -> Option<Instant>,
    ) -> Result<PooledConnection<'_>, DbError> {
        let _waiting = Counted::new(&self.waiting);
        let limit = self.config().acquire_timeout();
        let mut since = started;
        let next = || {
            since = late(self.why_none(NoPermit::TimedOut, since))?;
            Some(since + limit)
        };
        match self.queue.acquire(started + limit, next).await {
            Ok(permit) => self.with_permit(permit, since, since + limit).await,
            Err(reason) => Err(self.why_none(reason, since)),
        }
    }

    /// None where all connections are in use; the caller has not waited then.
    pub(crate) async fn acquire_idle(
        &self,
        started: Instant,
    ) -> Option<Result<PooledConnection<'_>, DbError>> {
        let deadline = started + self.config().acquire_timeout();
        let result = self.try_acquire(deadline).await?;
        let outcome = result.as_ref().map(|_| ()).map_err(DbError::class);
        self.observer().acquired(started.elapsed(), outcome);
        Some(result)
    }

    /// A connection for a caller who does not queue: none where all are in use. Opening one may
    /// take until `deadline`.
    pub(crate) async fn try_acquire(
        &self,
        deadline: Instant,
    ) -> Option<Result<PooledConnection<'_>, DbError>> {
        match self.queue.try_acquire() {
            Ok(permit) => Some(self.with_permit(permit, Instant::now(), deadline).await),
            Err(NoPermit::Closed) => Some(Err(DbError::PoolClosed)),
            Err(_) => None,
        }
    }

    async fn with_permit<'a>(
        &'a self,
        permit: SemaphorePermit<'a>,
        started: Instant,
        deadline: Instant,
    ) -> Result<PooledConnection<'a>, DbError> {
        let watch = self.source.outage.watch();
        let mut getting = pin!(self.connections().get());
        // Nearly always one is idle, and then nothing needs to be waited for.
        let connection = match poll_once(getting.as_mut()).await {
            Poll::Ready(connection) => connection.ok(),
            Poll::Pending => Box::pin(self.wait_for(getting, deadline, watch)).await,
        };
        match connection {
            Some(connection) => Ok(PooledConnection {
                connection,
                _permit: permit,
            }),
            // Who holds a permit waits for nobody else: only for the server.
            None => Err(self.unreachable(started)),
        }
    }

    /// None at the deadline, and where no attempt to connect is made any more.
    async fn wait_for<T>(
        &self,
        getting: impl Future<Output = Result<T, bb8::RunError<PoolFailure>>>,
        deadline: Instant,
        watch: Watch,
    ) -> Option<T> {
        tokio::select! {
            // A connection that is there counts, whatever happened to another one.
            biased;
            connection = timeout_at(deadline.into(), getting) => connection.ok()?.ok(),
            () = self.source.outage.over(watch) => None,
        }
    }

    fn connections(&self) -> &bb8::Pool<Manager> {
        self.connections.get_or_init(|| {
            let config = self.config();
            let reaper_rate = config
                .idle_timeout()
                .min(config.max_lifetime())
                .min(REAPER_RATE_MAX);
            bb8::Pool::builder()
                .max_size(config.pool_max())
                .min_idle(config.pool_min_idle())
                .idle_timeout(config.idle_timeout())
                .max_lifetime(config.max_lifetime())
                // The caller's own deadline comes first.
                .connection_timeout(config.acquire_timeout() * 2)
                .reaper_rate(reaper_rate)
                // `Source::connect` repeats by itself, faster than bb8 would.
                .retry_connection(false)
                .error_sink(Box::new(GaveUp(Arc::clone(&self.source))))
                // Costs no round trip: `Manager::is_valid` only looks.
                .test_on_check_out(true)
                .queue_strategy(bb8::QueueStrategy::Lifo)
                .build_unchecked(Manager(Arc::clone(&self.source)))
        })
    }

    /// Lends no connection any more, waits until `deadline` for those in use, and closes the idle
    /// ones. Gives how many are still in use.
    pub(crate) async fn close(&self, deadline: Instant) -> u32 {
        self.source.close();
        self.queue.close();
        let in_use = self.queue.drained(deadline).await;
        if let Some(pool) = self.connections.get() {
            // Finds each idle connection of no use any more, drops it, and then would wait.
            let _ = pool.get().now_or_never();
        }
        in_use
    }

    /// Why a caller who came at `started` got no permit.
    fn why_none(&self, reason: NoPermit, started: Instant) -> DbError {
        // Those before in the queue may hold their permits only because the server does not answer.
        let is_away = || {
            let outage = &self.source.outage;
            outage.failure(started).is_some() || outage.is_established()
        };
        match reason {
            NoPermit::Closed => DbError::PoolClosed,
            NoPermit::QueueFull if self.source.outage.is_established() => self.unreachable(started),
            NoPermit::QueueFull => DbError::PoolExhausted {
                waiting: self.config().pool_queue_max(),
                max: self.config().pool_max(),
            },
            NoPermit::TimedOut if is_away() || self.status().connections == 0 => {
                self.unreachable(started)
            }
            NoPermit::TimedOut => DbError::PoolTimeout {
                waited: whole_milliseconds(started.elapsed()),
                max: self.config().pool_max(),
            },
        }
    }

    fn unreachable(&self, started: Instant) -> DbError {
        if self.source.is_closed() {
            return DbError::PoolClosed;
        }
        let source = self.source.outage.failure(started).unwrap_or_else(|| {
            // The attempt has not ended yet: the server neither accepts nor refuses.
            Arc::new(ConnectError::TimedOut(whole_milliseconds(
                started.elapsed(),
            )))
        });
        DbError::Unreachable { source }
    }
}

async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

/// For a text that people read.
fn whole_milliseconds(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

/// A connection on loan from the pool. It goes back when this is dropped, unless it is broken: then
/// it is closed.
///
/// Queries run on it as on the [`Connection`] that it derefs to.
pub struct PooledConnection<'a> {
    // Dropped in this order: the connection is back before the next caller is let in.
    connection: bb8::PooledConnection<'a, Manager>,
    _permit: SemaphorePermit<'a>,
}

impl Deref for PooledConnection<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for PooledConnection<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

impl fmt::Debug for PooledConnection<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, formatter)
    }
}
