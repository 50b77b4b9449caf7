//! Whether the database answers and its schema serves this build: at boot, and for as long as somebody asks.

use std::time::Duration;

use axis_db::{Database, DbError};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout};

use crate::http::Chain;
use crate::observability::Metrics;
use crate::repositories::{Ahead, SchemaError, SchemaMismatch, schema_compatibility};

/// For how long a look stays good: askers in between get the same answer, and the database is left alone.
const FRESH: Duration = Duration::from_secs(1);
/// How long a look waits for a connection of the pool. Shorter than the second that probes commonly wait.
const POOL_TIME: Duration = Duration::from_millis(500);
/// How long reading the schema may take.
const SCHEMA_TIME: Duration = Duration::from_secs(2);
/// The pause after the first look that found the server unready. It doubles up to [`PAUSE_MAX`].
const PAUSE: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Whether requests can be served.
pub(crate) type Readiness = Result<Ahead, NotReady>;

/// Why requests cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotReady {
    /// The database did not answer, or not in time. Holds why, for the log.
    #[error("the database does not answer")]
    Unreachable(String),
    /// The database answered, and does not serve this build.
    #[error(transparent)]
    Schema(SchemaMismatch),
}

/// Looks at the database when asked, and remembers what it saw. Asks nothing by itself, so that a database that bills
/// by use can sleep.
#[derive(Debug)]
pub(crate) struct Watch {
    database: Database,
    metrics: Metrics,
    /// Held during a look, so that many askers cost one.
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    last: Option<(Instant, Readiness)>,
    /// What the schema was when it could be read last.
    schema: Option<Result<Ahead, SchemaMismatch>>,
}

impl Watch {
    pub(crate) fn new(database: Database, metrics: Metrics) -> Self {
        Self {
            database,
            metrics,
            seen: Mutex::default(),
        }
    }

    /// What a look finds now, or found less than [`FRESH`] ago.
    pub(crate) async fn look(&self) -> Readiness {
        let mut seen = self.seen.lock().await;
        match &seen.last {
            Some((at, readiness)) if at.elapsed() < FRESH => readiness.clone(),
            _ => self.look_again(&mut seen).await,
        }
    }

    /// Looks until the database serves this build, with growing pauses.
    pub(crate) async fn until_ready(&self) {
        let mut pause = PAUSE;
        while self.look_again(&mut *self.seen.lock().await).await.is_err() {
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    async fn look_again(&self, seen: &mut Seen) -> Readiness {
        let readiness = self.ask(seen).await;
        let before = seen.last.replace((Instant::now(), readiness.clone()));
        let is_ahead = readiness.as_ref().is_ok_and(Ahead::is_ahead);
        self.metrics.readiness(readiness.is_ok(), is_ahead);
        if before.is_none_or(|(_, before)| before != readiness) {
            report(&readiness);
        }
        readiness
    }

    async fn ask(&self, seen: &mut Seen) -> Readiness {
        if let Err(error) = self.database.health().await {
            return Err(NotReady::Unreachable(Chain(&error).to_string()));
        }
        let failure = match self.schema().await {
            Ok(ahead) => {
                seen.schema = Some(Ok(ahead));
                None
            }
            Err(SchemaError::Mismatch(mismatch)) => {
                seen.schema = Some(Err(mismatch));
                None
            }
            Err(error) => Some(Chain(&error).to_string()),
        };
        // Where the schema could not be read although the database answers, as with a full pool, it is what it was.
        match &seen.schema {
            Some(Ok(ahead)) => Ok(ahead.clone()),
            Some(Err(mismatch)) => Err(NotReady::Schema(mismatch.clone())),
            None => Err(NotReady::Unreachable(failure.unwrap_or_default())),
        }
    }

    async fn schema(&self) -> Result<Ahead, SchemaError> {
        let started = Instant::now();
        let full = |_| DbError::PoolTimeout {
            waited: started.elapsed(),
            max: self.database.pool_status().max,
        };
        let mut connection = timeout(POOL_TIME, self.database.primary())
            .await
            .map_err(full)??;
        match timeout(SCHEMA_TIME, schema_compatibility(&mut connection)).await {
            Ok(result) => result,
            Err(_) => Err(DbError::StatementTimeout { limit: SCHEMA_TIME }.into()),
        }
    }
}

fn report(readiness: &Readiness) {
    match readiness {
        Ok(ahead) if !ahead.is_ahead() => tracing::info!("ready"),
        Ok(ahead) => tracing::warn!(
            migrations = ahead.migrations.join(", "),
            columns = ahead.columns.join(", "),
            "ready, and the database is ahead of this build, which does not know these migrations and columns"
        ),
        Err(NotReady::Unreachable(why)) => {
            tracing::warn!(error = why, "not ready: the database does not answer");
        }
        Err(NotReady::Schema(mismatch)) => tracing::error!("not ready: {mismatch}"),
    }
}
