//! The pool: bb8's, with fair queueing before it and the reason for a failure behind it.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::timeout_at;

use crate::config::DatabaseConfig;
use crate::connect::{ConnectError, connect};
use crate::connection::{Connection, CustomTypes, Options};
use crate::{DbError, Observer};

/// The pause after the first failed attempt to connect. It doubles up to [`RECONNECT_PAUSE_MAX`].
const RECONNECT_PAUSE: Duration = Duration::from_millis(50);
/// Short, so that work goes on soon after the database is back.
const RECONNECT_PAUSE_MAX: Duration = Duration::from_millis(500);
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
    /// Callers that wait for a connection, in the queue or while one is opened.
    pub waiting: u32,
}

pub(crate) struct Pool {
    source: Arc<Source>,
    /// Made at first use: bb8 needs a runtime to start in.
    connections: OnceLock<bb8::Pool<Manager>>,
    /// One permit for each connection. bb8 lets newcomers overtake those who wait; this queue does
    /// not.
    queue: Semaphore,
    waiting: AtomicU32,
}

impl Pool {
    pub(crate) fn new(config: DatabaseConfig, observer: Arc<dyn Observer>) -> Self {
        let max = config.pool_max();
        Self {
            source: Arc::new(Source {
                config,
                observer,
                custom_types: CustomTypes::default(),
                last_failure: Mutex::new(None),
                gave_up: watch::Sender::new(()),
            }),
            connections: OnceLock::new(),
            queue: Semaphore::new(max as usize),
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
        let started = Instant::now();
        let result = {
            let _waiting = Waiting::new(&self.waiting);
            self.acquire_by(started).await
        };
        let outcome = result.as_ref().map(|_| ()).map_err(DbError::class);
        self.observer().acquired(started.elapsed(), outcome);
        result
    }

    async fn acquire_by(&self, started: Instant) -> Result<PooledConnection<'_>, DbError> {
        let deadline = started + self.config().acquire_timeout();
        match timeout_at(deadline.into(), self.queue.acquire()).await {
            Ok(Ok(permit)) => self.with_permit(permit, started, deadline).await,
            // The queue is never closed, so this is its time-out.
            Err(_) | Ok(Err(_)) => Err(self.why_none(started)),
        }
    }

    /// A connection for a caller who does not queue: none where all are in use. Opening one may
    /// take until `deadline`.
    pub(crate) async fn try_acquire(
        &self,
        deadline: Instant,
    ) -> Option<Result<PooledConnection<'_>, DbError>> {
        let permit = self.queue.try_acquire().ok()?;
        Some(self.with_permit(permit, Instant::now(), deadline).await)
    }

    async fn with_permit<'a>(
        &'a self,
        permit: SemaphorePermit<'a>,
        started: Instant,
        deadline: Instant,
    ) -> Result<PooledConnection<'a>, DbError> {
        let mut gave_up = self.source.gave_up.subscribe();
        let connection = tokio::select! {
            // A connection that is there counts, whatever happened to another one.
            biased;
            connection = timeout_at(deadline.into(), self.connections().get()) => connection,
            _ = gave_up.changed() => return Err(self.unreachable(started)),
        };
        match connection {
            Ok(Ok(connection)) => Ok(PooledConnection {
                connection,
                _permit: permit,
            }),
            // Who holds a permit waits for nobody else: only for the server.
            Ok(Err(_)) | Err(_) => Err(self.unreachable(started)),
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

    /// Why a caller who queued since `started` got no permit.
    fn why_none(&self, started: Instant) -> DbError {
        // Those before in the queue may hold their permits only because the server does not answer.
        let failed = matches!(self.source.last_failure(), Some((at, _)) if at >= started);
        match failed || self.status().connections == 0 {
            true => self.unreachable(started),
            false => DbError::PoolTimeout {
                waited: whole_milliseconds(started.elapsed()),
                max: self.config().pool_max(),
            },
        }
    }

    fn unreachable(&self, started: Instant) -> DbError {
        let source = match self.source.last_failure() {
            Some((at, failure)) if at >= started => failure,
            // The attempt has not ended yet: the server neither accepts nor refuses.
            _ => Arc::new(ConnectError::TimedOut(whole_milliseconds(
                started.elapsed(),
            ))),
        };
        DbError::Unreachable { source }
    }
}

/// For a text that people read.
fn whole_milliseconds(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

/// Where connections come from.
struct Source {
    config: DatabaseConfig,
    observer: Arc<dyn Observer>,
    custom_types: CustomTypes,
    /// The last failed attempt to connect, until one succeeds.
    last_failure: Mutex<Option<(Instant, Arc<ConnectError>)>>,
    /// Sent when attempts have ended without a connection, so that nobody waits for one any longer.
    gave_up: watch::Sender<()>,
}

impl Source {
    fn options(&self) -> Options {
        Options {
            pooler: self.config.pooler(),
            statement_timeout: Some(self.config.statement_timeout()),
            custom_types: self.custom_types.clone(),
            observer: Arc::clone(&self.observer),
        }
    }

    /// Connects, with repeated attempts for as long as `DATABASE_CONNECT_TIMEOUT` allows.
    async fn connect(&self) -> Result<Connection, PoolFailure> {
        let deadline = Instant::now() + self.config.connect_timeout();
        let mut pause = RECONNECT_PAUSE;
        let mut refused: Option<Arc<ConnectError>> = None;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match connect(self.config.pooled(), left, self.options()).await {
                Ok(connection) => {
                    self.note(None);
                    return Ok(connection);
                }
                Err(error) => {
                    let is_over = error.is_permanent() || Instant::now() + pause >= deadline;
                    let error = match (error, refused) {
                        // Cut short by the deadline: the attempt before says more.
                        (ConnectError::TimedOut(_), Some(refused)) => refused,
                        (error, _) => Arc::new(error),
                    };
                    refused = Some(Arc::clone(&error));
                    self.note(Some((Instant::now(), error)));
                    if is_over {
                        return Err(PoolFailure::Connect);
                    }
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(RECONNECT_PAUSE_MAX);
        }
    }

    fn note(&self, failure: Option<(Instant, Arc<ConnectError>)>) {
        *self
            .last_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = failure;
    }

    fn last_failure(&self) -> Option<(Instant, Arc<ConnectError>)> {
        self.last_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

struct Manager(Arc<Source>);

/// What bb8 is told; the reason is kept in [`Source`].
#[derive(Debug)]
enum PoolFailure {
    Connect,
    Broken,
}

impl bb8::ManageConnection for Manager {
    type Connection = Connection;
    type Error = PoolFailure;

    async fn connect(&self) -> Result<Connection, PoolFailure> {
        self.0.connect().await
    }

    async fn is_valid(&self, connection: &mut Connection) -> Result<(), PoolFailure> {
        match connection.is_broken() {
            true => Err(PoolFailure::Broken),
            false => Ok(()),
        }
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        connection.is_broken()
    }
}

/// Hears of failures after bb8 has given the place of the failed connection free again.
struct GaveUp(Arc<Source>);

impl bb8::ErrorSink<PoolFailure> for GaveUp {
    fn sink(&self, failure: PoolFailure) {
        match failure {
            PoolFailure::Connect => {
                self.0.gave_up.send_replace(());
            }
            PoolFailure::Broken => {}
        }
    }

    fn boxed_clone(&self) -> Box<dyn bb8::ErrorSink<PoolFailure>> {
        Box::new(Self(Arc::clone(&self.0)))
    }
}

impl fmt::Debug for GaveUp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("GaveUp")
    }
}

/// Counts a caller as waiting for as long as it lives.
struct Waiting<'a>(&'a AtomicU32);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
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
