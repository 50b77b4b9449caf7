//! Where the pool's connections come from.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout, timeout_at};

use super::outage::Outage;
use crate::Observer;
use crate::config::DatabaseConfig;
use crate::connect::{ConnectError, connect};
use crate::connection::{Connection, CustomTypes, Options, Replacement};

/// The pause after the first failed attempt to connect. It doubles up to [`RECONNECT_PAUSE_MAX`].
const RECONNECT_PAUSE: Duration = Duration::from_millis(50);
/// Short, so that work goes on soon after the database is back.
const RECONNECT_PAUSE_MAX: Duration = Duration::from_millis(500);
/// How long an attempt beside a silent one may take.
const BESIDE_LIMIT: Duration = Duration::from_secs(2);

pub(super) struct Source {
    pub(super) config: DatabaseConfig,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) outage: Outage,
    custom_types: CustomTypes,
    /// While connecting fails, one tries for all.
    turn: Mutex<()>,
    closed: AtomicBool,
}

impl Source {
    pub(super) fn new(config: DatabaseConfig, observer: Arc<dyn Observer>) -> Self {
        Self {
            config,
            observer,
            outage: Outage::new(),
            custom_types: CustomTypes::default(),
            turn: Mutex::new(()),
            closed: AtomicBool::new(false),
        }
    }

    /// What a connection of the pool is like.
    pub(super) fn options(&self) -> Options {
        Options {
            pooler: self.config.pooler(),
            statement_timeout: Some(self.config.statement_timeout()),
            custom_types: self.custom_types.clone(),
            observer: Arc::clone(&self.observer),
        }
    }

    /// Opens no connection any more, and takes none back.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Connects, with repeated attempts for as long as `DATABASE_CONNECT_TIMEOUT` allows.
    pub(super) async fn connect(&self) -> Result<Connection, PoolFailure> {
        let deadline = Instant::now() + self.config.connect_timeout();
        let _trying = self.outage.trying();
        let mut turn = None;
        let mut pause = RECONNECT_PAUSE;
        while !self.is_closed() {
            if turn.is_none() && self.outage.is_failing() {
                let Ok(mine) = timeout_at(deadline.into(), self.turn.lock()).await else {
                    break;
                };
                // Whoever had the turn before may have succeeded: then nobody needs it.
                turn = Some(mine).filter(|_| self.outage.is_failing());
            }
            let started = Instant::now();
            match self.attempt(deadline).await {
                Ok(connection) => {
                    self.outage.succeeded();
                    return Ok(connection);
                }
                Err(error) => {
                    let is_over = error.is_permanent() || Instant::now() + pause >= deadline;
                    self.outage.failed(started, error);
                    if is_over {
                        break;
                    }
                }
            }
            sleep(pause).await;
            pause = (pause * 2).min(RECONNECT_PAUSE_MAX);
        }
        Err(PoolFailure::Connect)
    }

    /// One attempt, and others beside it where the server is silent: it may have forgotten the
    /// first.
    async fn attempt(&self, deadline: Instant) -> Result<Connection, ConnectError> {
        let beside = async {
            loop {
                sleep(RECONNECT_PAUSE_MAX).await;
                if let Ok(connection) = self.once(BESIDE_LIMIT).await {
                    return connection;
                }
            }
        };
        tokio::select! {
            biased;
            result = self.once(deadline.saturating_duration_since(Instant::now())) => result,
            connection = beside, if self.outage.is_failing() => Ok(connection),
        }
    }

    async fn once(&self, limit: Duration) -> Result<Connection, ConnectError> {
        connect(self.config.pooled(), limit, self.options()).await
    }
}

impl Replacement for Source {
    /// Within the time that a caller may wait for a connection, and not at all in an outage.
    fn open(&self) -> BoxFuture<'_, Option<Connection>> {
        Box::pin(async {
            let watch = self.outage.watch();
            tokio::select! {
                biased;
                result = timeout(self.config.acquire_timeout(), self.connect()) => result.ok()?.ok(),
                () = self.outage.over(watch) => None,
            }
        })
    }
}

/// What bb8 needs to know.
pub(super) struct Manager(pub(super) Arc<Source>);

/// What bb8 is told; the reason is kept in [`Outage`].
#[derive(Debug)]
pub(super) enum PoolFailure {
    Connect,
    Broken,
}

impl bb8::ManageConnection for Manager {
    // bb8 moves connections about, several times for each loan.
    type Connection = Box<Connection>;
    type Error = PoolFailure;

    async fn connect(&self) -> Result<Box<Connection>, PoolFailure> {
        let mut connection = self.0.connect().await?;
        connection.set_replacement(self.0.clone());
        Ok(Box::new(connection))
    }

    async fn is_valid(&self, connection: &mut Box<Connection>) -> Result<(), PoolFailure> {
        // Costs no round trip.
        if connection.is_broken() || self.0.is_closed() {
            return Err(PoolFailure::Broken);
        }
        connection.lend();
        Ok(())
    }

    fn has_broken(&self, connection: &mut Box<Connection>) -> bool {
        // One that was lost since its last statement is found before it is lent again.
        connection.is_known_broken() || self.0.is_closed()
    }
}

/// Hears of failures after bb8 has given the place of the failed connection free again.
pub(super) struct GaveUp(pub(super) Arc<Source>);

impl bb8::ErrorSink<PoolFailure> for GaveUp {
    fn sink(&self, failure: PoolFailure) {
        match failure {
            PoolFailure::Connect => self.0.outage.gave_up(),
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
