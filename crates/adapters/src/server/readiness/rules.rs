//! Which tables have other rules than their contracts. It decides nothing, and costs more than the rest of a look: so it is
//! read now and then, beside the look that asks for it.

use std::time::Duration;

use axis_db::{Database, DbError};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::repositories::{RepositoryError, tables_of_other_rules};

/// How long reading the rules may take, with the wait for a connection.
const TIME: Duration = Duration::from_secs(2);
/// How long a look waits for it. With the time for a connection that a look has, it stays under the second that probes
/// commonly wait. What comes later is what the next look finds.
const PATIENCE: Duration = Duration::from_millis(300);

#[derive(Debug)]
pub(super) struct Rules {
    /// For how long what was read stays good.
    interval: Duration,
    /// When it was read last, or tried to be.
    began: Option<Instant>,
    /// What was read when that succeeded last.
    tables: Vec<String>,
    reading: Option<JoinHandle<Result<Vec<String>, DbError>>>,
}

impl Rules {
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            began: None,
            tables: Vec::new(),
            reading: None,
        }
    }

    /// Whether an answer is still to come.
    pub(super) fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    /// The tables of other rules, as far as they are known.
    pub(super) fn known(&self) -> &[String] {
        &self.tables
    }

    /// The same, read anew where that was long ago.
    pub(super) async fn look(&mut self, database: &Database) -> &[String] {
        let is_fresh = self
            .began
            .is_some_and(|began| began.elapsed() < self.interval);
        if self.reading.is_none() && !is_fresh {
            self.began = Some(Instant::now());
            self.reading = Some(tokio::spawn(read(database.clone())));
        }
        if let Some(reading) = &mut self.reading
            && let Ok(answer) = timeout(PATIENCE, reading).await
        {
            self.reading = None;
            match answer {
                Ok(Ok(tables)) => self.tables = tables,
                // Nothing depends on it: what was known stays known.
                Ok(Err(error)) => {
                    let error = RepositoryError::from(error).for_log();
                    tracing::warn!(error, "the rules of the database cannot be read");
                }
                Err(error) => tracing::error!(%error, "reading the rules of the database ended"),
            }
        }
        &self.tables
    }
}

async fn read(database: Database) -> Result<Vec<String>, DbError> {
    let tables = timeout(TIME, tables_of_other_rules(&database, TIME)).await;
    tables.unwrap_or(Err(DbError::StatementTimeout { limit: TIME }))
}
