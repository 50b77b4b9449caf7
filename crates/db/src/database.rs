//! The facade.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel_async::RunQueryDsl;
use tokio::time::timeout_at;

use crate::config::{DatabaseConfig, Target};
use crate::connect::{ConnectError, connect};
use crate::connection::{Connection, CustomTypes, Options, Pooler};
use crate::health::{HEALTH_TIMEOUT, Health};
use crate::pool::{Pool, PoolStatus, PooledConnection};
use crate::transaction::TransactionBuilder;
use crate::warm_up::warm_up;
use crate::{DbError, Observer};

/// The database. A clone is the same one, with the same pool.
#[derive(Clone)]
pub struct Database {
    pool: Arc<Pool>,
    /// The text that begins nearly every transaction.
    plain_begin: Arc<str>,
}

impl Database {
    /// Keeps the configuration. Connects to nothing: the first query does, so that a server can
    /// start while its database is away.
    ///
    /// # Errors
    /// None at present; kept for what a later configuration may need.
    pub fn new(config: DatabaseConfig, observer: Arc<dyn Observer>) -> Result<Self, DbError> {
        Ok(Self {
            plain_begin: "BEGIN".into(),
            pool: Arc::new(Pool::new(config, observer)),
        })
    }

    /// A connection of the pool to the primary, for reading and writing.
    ///
    /// Waits for as long as `DATABASE_ACQUIRE_TIMEOUT`, in the order of the calls.
    ///
    /// # Errors
    /// [`DbError::PoolTimeout`] where all connections stay in use, [`DbError::PoolExhausted`] at
    /// once where too many wait for one already, [`DbError::Unreachable`] where none can be opened.
    /// While the server refuses connections for more than two seconds, callers hear of it at once
    /// instead of waiting; attempts go on beside them.
    pub async fn primary(&self) -> Result<PooledConnection<'_>, DbError> {
        self.pool.acquire().await
    }

    /// A connection of its own to the database itself, past any pooler and outside of the pool,
    /// without a statement time-out: for migrations and the like. Dropping it closes it.
    ///
    /// # Errors
    /// [`DbError::NoDirectUrl`] where only a pooler's URL is configured, [`DbError::Unreachable`]
    /// where it cannot be opened within `DATABASE_CONNECT_TIMEOUT`.
    pub async fn direct(&self) -> Result<Connection, DbError> {
        let config = self.config();
        let target = config.direct().ok_or(DbError::NoDirectUrl)?;
        let options = Options {
            // This one is to reach the database itself. Where it does not, it works all the same.
            pooler: Pooler::Auto,
            statement_timeout: None,
            custom_types: CustomTypes::default(),
            observer: Arc::clone(self.pool.observer()),
        };
        self.connect(target, config.connect_timeout(), options)
            .await
    }

    /// Begins to describe a transaction.
    pub fn transaction(&self) -> TransactionBuilder<'_> {
        TransactionBuilder::new(self)
    }

    /// Asks the server for one round trip, within two seconds, connecting included where no
    /// connection is idle.
    ///
    /// A full pool is no failure: then a connection beside the pool asks.
    ///
    /// # Errors
    /// [`DbError::Unreachable`] where there is no answer in time, else what the query gave.
    pub async fn health(&self) -> Result<Health, DbError> {
        let deadline = Instant::now() + HEALTH_TIMEOUT;
        match self.pool.try_acquire(deadline).await {
            Some(connection) => round_trip(&mut *connection?, deadline).await,
            None => {
                let target = self.config().pooled();
                let options = self.pool.options();
                let mut connection = self.connect(target, HEALTH_TIMEOUT, options).await?;
                round_trip(&mut connection, deadline).await
            }
        }
    }

    /// Opens `DATABASE_POOL_MIN_IDLE` connections, at least one, so that the first requests find
    /// them. Tells the observer where `DATABASE_INSTANCES` pools of this size ask for more
    /// connections than the server has.
    ///
    /// # Errors
    /// Those of [`Database::primary`]. Nothing depends on its success.
    pub async fn warm_up(&self) -> Result<(), DbError> {
        warm_up(self).await
    }

    /// Lends no connection any more, waits for those in use to come back, for `limit` at most, and
    /// closes the pool's connections. Gives how many are still in use; each of these is closed when
    /// it comes back.
    ///
    /// Callers who wait for a connection, and all who come later, get [`DbError::PoolClosed`].
    pub async fn close(&self, limit: Duration) -> u32 {
        self.pool.close(Instant::now() + limit).await
    }

    /// How the pool is doing.
    #[must_use]
    pub fn pool_status(&self) -> PoolStatus {
        self.pool.status()
    }

    /// What this database was made with.
    #[must_use]
    pub fn config(&self) -> &DatabaseConfig {
        self.pool.config()
    }

    pub(crate) fn plain_begin(&self) -> &Arc<str> {
        &self.plain_begin
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(crate) fn observer(&self) -> &Arc<dyn Observer> {
        self.pool.observer()
    }

    async fn connect(
        &self,
        target: &Target,
        limit: Duration,
        options: Options,
    ) -> Result<Connection, DbError> {
        connect(target, limit, options)
            .await
            .map_err(|error| DbError::Unreachable {
                source: Arc::new(error),
            })
    }
}

async fn round_trip(connection: &mut Connection, deadline: Instant) -> Result<Health, DbError> {
    let started = Instant::now();
    let query = diesel::select(diesel::dsl::now).execute(connection);
    let answer = timeout_at(deadline.into(), query).await;
    answer.map_err(|_| DbError::Unreachable {
        source: Arc::new(ConnectError::TimedOut(HEALTH_TIMEOUT)),
    })??;
    Ok(Health {
        round_trip: started.elapsed(),
        server_version: connection.server_version().to_owned(),
    })
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Database")
            .field("config", self.config())
            .field("pool", &self.pool_status())
            .finish()
    }
}
