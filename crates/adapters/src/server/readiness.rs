//! Whether the database answers and its schema serves this build: at boot, and for as long as somebody asks.

mod rules;

use std::time::Duration;

use axis_db::{Database, DbError};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout};

use self::rules::Rules;
use crate::observability::Metrics;
use crate::repositories::{
    Ahead, RepositoryError, SchemaError, SchemaMismatch, schema_compatibility,
};

/// For how long a look stays good: askers in between get the same answer, and the database is left alone.
const FRESH: Duration = Duration::from_secs(1);
/// How long a look waits for a connection of the pool. Shorter than the second that probes commonly wait.
const POOL_TIME: Duration = Duration::from_millis(500);
/// How long reading the schema may take.
const SCHEMA_TIME: Duration = Duration::from_secs(2);
/// The longest pause between two looks while the server is unready. The first one is [`FRESH`].
const PAUSE_MAX: Duration = Duration::from_secs(4);

/// Whether requests can be served.
pub(crate) type Readiness = Result<Ahead, NotReady>;

/// Why requests cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotReady {
    /// The database did not answer, or not in time. Holds why, for the log.
    #[error("the database does not answer")]
    Unreachable(String),
    /// The database answered, and its schema was never read. Holds why, for the log.
    #[error("the schema of the database cannot be read")]
    Unreadable(String),
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

#[derive(Debug)]
struct Seen {
    last: Option<(Instant, Readiness)>,
    /// What the schema was when it could be read last.
    schema: Option<Result<Ahead, SchemaMismatch>>,
    rules: Rules,
}

impl Watch {
    /// Compares the rules of tables with those of the contracts every `rules_interval` at most.
    pub(crate) fn new(database: Database, metrics: Metrics, rules_interval: Duration) -> Self {
        Self {
            database,
            metrics,
            seen: Mutex::new(Seen {
                last: None,
                schema: None,
                rules: Rules::new(rules_interval),
            }),
        }
    }

    /// Looks until the database serves this build and its rules are known, with growing pauses.
    pub(crate) async fn until_ready(&self) {
        let mut pause = FRESH;
        while self.look().await.is_err() || self.seen.lock().await.rules.is_reading() {
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// What a look finds now, or found less than [`FRESH`] ago.
    pub(crate) async fn look(&self) -> Readiness {
        let mut seen = self.seen.lock().await;
        let before = match &seen.last {
            Some((at, readiness)) if at.elapsed() < FRESH => return readiness.clone(),
            last => last.as_ref().map(|(_, readiness)| readiness.clone()),
        };
        let readiness = self.ask(&mut seen).await;
        let is_ahead = readiness.as_ref().is_ok_and(Ahead::is_ahead);
        let of_other_rules = readiness.as_ref().map_or(0, |ahead| ahead.rules.len());
        self.metrics
            .readiness(readiness.is_ok(), is_ahead, of_other_rules);
        if before.as_ref() != Some(&readiness) {
            report(&readiness);
        }
        seen.last = Some((Instant::now(), readiness.clone()));
        readiness
    }

    async fn ask(&self, seen: &mut Seen) -> Readiness {
        if let Err(error) = self.database.health().await {
            return Err(NotReady::Unreachable(
                RepositoryError::from(error).for_log(),
            ));
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
            Err(SchemaError::Database(error)) => Some(RepositoryError::from(error).for_log()),
        };
        // Where the schema could not be read although the database answers, as with a full pool, it is what it was, and so are
        // the rules.
        match &seen.schema {
            Some(Ok(ahead)) => {
                let rules = match failure {
                    None => seen.rules.look(&self.database).await,
                    Some(error) => {
                        tracing::debug!(
                            error,
                            "the schema cannot be read, and is taken for what it was"
                        );
                        seen.rules.known()
                    }
                };
                Ok(Ahead {
                    rules: rules.to_vec(),
                    ..ahead.clone()
                })
            }
            Some(Err(mismatch)) => Err(NotReady::Schema(mismatch.clone())),
            None => Err(NotReady::Unreadable(failure.unwrap_or_default())),
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
        Ok(ahead) if *ahead == Ahead::default() => tracing::info!("ready"),
        Ok(ahead) if !ahead.is_ahead() => tracing::warn!(
            tables = ahead.rules.join(", "),
            "ready, and the rules of these tables are not those that this build was generated from: run `axis check drift \
             --database-url ..` from this build's sources, it names each"
        ),
        Ok(ahead) => tracing::warn!(
            migrations = (!ahead.migrations.is_empty()).then(|| ahead.migrations.join(", ")),
            columns = (!ahead.columns.is_empty()).then(|| ahead.columns.join(", ")),
            tables = (!ahead.rules.is_empty()).then(|| ahead.rules.join(", ")),
            "ready, and the database is ahead of this build, which does not know these migrations and columns"
        ),
        Err(NotReady::Unreachable(why)) => {
            tracing::warn!(error = why, "not ready: the database does not answer");
        }
        Err(NotReady::Unreadable(why)) => {
            tracing::warn!(
                error = why,
                "not ready: the schema of the database cannot be read"
            );
        }
        Err(NotReady::Schema(mismatch)) => tracing::error!("not ready: {mismatch}"),
    }
}
