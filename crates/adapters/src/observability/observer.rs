//! The database's observer: a span and a count for each statement.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axis_db::{ConnectionDemand, ErrorClass, Observer, QueryObservation, TransactionAttempt};
use tracing::Span;
use tracing::field::Empty;

use super::Metrics;
use super::statement_kind::StatementKind;

/// Makes a tracing span for each statement, as a child of the caller's span and of level `debug`, and counts in [`Metrics`].
///
/// The span has the statement's text with its placeholders, never a value.
#[derive(Clone, Debug)]
pub struct QueryObserver {
    metrics: Metrics,
    /// Why connecting failed last; none where it succeeded last. Shared by all clones.
    failing: Arc<Mutex<Option<ErrorClass>>>,
}

impl QueryObserver {
    /// An observer that counts in `metrics`.
    pub fn new(metrics: Metrics) -> Self {
        Self {
            metrics,
            failing: Arc::default(),
        }
    }
}

impl Observer for QueryObserver {
    fn query(&self, statement: &str) -> Option<Box<dyn QueryObservation>> {
        // The names are OpenTelemetry's, for collectors that know them. At `debug`, as the event in it: at `info` a log would
        // write out the fields of each statement, and then show none of them.
        let span = tracing::debug_span!(
            "query",
            db.system.name = "postgresql",
            db.operation.name = StatementKind::of(statement).name(),
            db.query.text = statement,
            error.type = Empty,
        );
        // Where nobody asks for spans, there is nothing to keep until the end.
        (!span.is_disabled()).then(|| Box::new(Observation { span }) as Box<dyn QueryObservation>)
    }

    fn query_finished(&self, statement: &str, took: Duration, outcome: Result<(), ErrorClass>) {
        let kind = StatementKind::of(statement);
        self.metrics.query_finished(kind, took, outcome);
    }

    fn batch_sent(&self, callers: usize) {
        self.metrics.batch_sent(callers);
        tracing::debug!(callers, "one statement for all of them");
    }

    fn acquired(&self, waited: Duration, outcome: Result<(), ErrorClass>) {
        self.metrics.acquired(waited, outcome);
    }

    fn transaction(&self, attempt: &TransactionAttempt) {
        self.metrics.transaction_attempted(attempt);
        let took_seconds = attempt.took.as_secs_f64();
        let (name, outcome) = (attempt.name, attempt.outcome.name());
        if attempt.is_slow() {
            tracing::warn!(
                transaction = name,
                attempt = attempt.number,
                outcome,
                took_seconds,
                "a slow transaction: it held its locks all the time"
            );
        } else {
            tracing::debug!(
                transaction = name,
                attempt = attempt.number,
                outcome,
                took_seconds,
                "transaction attempted"
            );
        }
    }

    fn connections_short(&self, demand: &ConnectionDemand) {
        tracing::warn!(
            instances = demand.instances,
            pool_max = demand.pool_max,
            available = demand.available,
            "all pools together exceed what the server has: lower DATABASE_POOL_MAX, or raise max_connections"
        );
    }

    fn connected(&self, took: Duration, outcome: Result<(), ErrorClass>) {
        self.metrics.connected(outcome);
        let took_seconds = took.as_secs_f64();
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *failing, outcome.err());
        drop(failing);
        let Err(class) = outcome else {
            tracing::debug!(took_seconds, "connected");
            return;
        };
        // A database that is down is asked several times a second: its log line is the first one.
        let error_class = class.name();
        if before == Some(class) {
            tracing::debug!(
                took_seconds,
                error.type = error_class,
                "could not connect to the database server, as before"
            );
        } else {
            tracing::warn!(
                took_seconds,
                error.type = error_class,
                "could not connect to the database server; the same again is logged at debug"
            );
        }
    }
}

struct Observation {
    span: Span,
}

impl QueryObservation for Observation {
    fn finished(self: Box<Self>, took: Duration, outcome: Result<(), ErrorClass>) {
        if let Err(class) = outcome {
            self.span.record("error.type", class.name());
        }
        tracing::debug!(
            parent: &self.span,
            took_seconds = took.as_secs_f64(),
            "query finished"
        );
    }
}

#[cfg(test)]
mod tests {
    use tracing::subscriber::with_default;
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn a_log_at_info_pays_for_no_span() {
        let observer = QueryObserver::new(Metrics::new());
        for (level, is_observed) in [(LevelFilter::INFO, false), (LevelFilter::DEBUG, true)] {
            let log = tracing_subscriber::registry().with(level);
            let observation = with_default(log, || observer.query("SELECT 1"));
            assert_eq!(observation.is_some(), is_observed, "{level}");
        }
    }
}
