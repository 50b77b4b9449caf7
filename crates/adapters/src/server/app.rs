//! What the handlers share.

use std::sync::Arc;

use axis_db::{Database, PooledConnection};
use tokio::sync::Semaphore;

use super::readiness::Watch;
use super::{DRAIN_TIME, Limits};
use crate::observability::Metrics;
use crate::repositories::{Batches, RepositoryError};

/// What the handlers share. A clone is the same one.
#[derive(Clone, Debug)]
pub(crate) struct App(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    database: Database,
    batches: Batches,
    metrics: Metrics,
    readiness: Watch,
    limits: Limits,
    /// One for each request that may be under way.
    requests: Semaphore,
}

impl App {
    pub(crate) fn new(database: Database, metrics: Metrics, limits: Limits) -> Self {
        Self(Arc::new(Shared {
            readiness: Watch::new(database.clone(), metrics.clone(), limits.rules_interval),
            batches: Batches::new(&database),
            database,
            metrics,
            limits,
            requests: Semaphore::new(limits.concurrency.min(Semaphore::MAX_PERMITS)),
        }))
    }

    /// A connection of the pool.
    pub(crate) async fn connection(&self) -> Result<PooledConnection<'_>, RepositoryError> {
        Ok(self.0.database.primary().await?)
    }

    /// What needs no connection of its caller's.
    pub(crate) fn batches(&self) -> &Batches {
        &self.0.batches
    }

    /// Opens the first connections before a request has to.
    pub(super) async fn warm_up(&self) {
        if let Err(error) = self.0.database.warm_up().await {
            let error = RepositoryError::from(error);
            tracing::warn!(error = error.for_log(), "could not warm the pool up");
        }
    }

    /// Closes the pool.
    pub(super) async fn close_database(&self) {
        let in_use = self.0.database.close(DRAIN_TIME).await;
        if in_use > 0 {
            tracing::warn!(in_use, "stopped with connections in use");
        }
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// All metrics as text.
    pub(crate) fn render_metrics(&self) -> Result<String, std::fmt::Error> {
        self.0.metrics.render(self.0.database.pool_status())
    }

    pub(crate) fn readiness(&self) -> &Watch {
        &self.0.readiness
    }

    pub(crate) fn limits(&self) -> Limits {
        self.0.limits
    }

    /// A permit for each request of those that are limited in number.
    pub(crate) fn requests(&self) -> &Semaphore {
        &self.0.requests
    }

    /// One whose database is nowhere.
    #[cfg(test)]
    pub(crate) fn unconnected() -> Self {
        let url = |name: &str| (name == "DATABASE_URL").then(|| "postgres://127.0.0.1:1/x".into());
        let config = axis_db::DatabaseConfig::from_variables(url).unwrap();
        let database = Database::new(config, Arc::new(())).unwrap();
        Self::new(database, Metrics::new(), Limits::default())
    }
}
