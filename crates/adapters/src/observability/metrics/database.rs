//! What happens between this process and its database.

use std::sync::{OnceLock, PoisonError, RwLock};
use std::time::Duration;

use axis_db::{ErrorClass, PoolStatus, TransactionAttempt, TransactionOutcome};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::Metrics;
use crate::observability::statement_kind::StatementKind;

/// Seconds. Local queries take tenths of a millisecond, a cold compute takes seconds.
const BUCKETS: [f64; 14] = [
    0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Reads.
const BATCH_BUCKETS: [f64; 7] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}

pub(super) struct DatabaseFamilies {
    queries: Family<Statement, Counter>,
    query_duration: Family<Statement, Histogram>,
    /// Those of each kind, once there was one: found without hashing and locking.
    by_kind: [OnceLock<(Counter, Histogram)>; StatementKind::ALL.len()],
    batch_callers: Histogram,
    errors: Family<Class, Counter>,
    /// Of attempts that committed at once, by the transaction's name: found without hashing.
    committed: RwLock<Vec<(&'static str, Counter, Histogram)>>,
    transaction_attempts: Family<Transaction, Counter>,
    transaction_duration: Family<TransactionName, Histogram>,
    connection_attempts: Family<Outcome, Counter>,
    acquire_duration: Histogram,
    connections: Family<State, Gauge>,
    waiting: Gauge,
    max_connections: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Statement {
    /// The name of a [`StatementKind`].
    statement: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Class {
    class: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Transaction {
    transaction: &'static str,
    outcome: &'static str,
    /// `true` where another attempt follows.
    retried: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TransactionName {
    transaction: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

impl DatabaseFamilies {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let families = Self {
            queries: Family::default(),
            query_duration: Family::new_with_constructor(histogram),
            by_kind: Default::default(),
            batch_callers: Histogram::new(BATCH_BUCKETS),
            errors: Family::default(),
            committed: RwLock::default(),
            transaction_attempts: Family::default(),
            transaction_duration: Family::new_with_constructor(histogram),
            connection_attempts: Family::default(),
            acquire_duration: histogram(),
            connections: Family::default(),
            waiting: Gauge::default(),
            max_connections: Gauge::default(),
        };
        registry.register(
            "db_queries",
            "Statements sent to the database",
            families.queries.clone(),
        );
        registry.register_with_unit(
            "db_query_duration",
            "Time from sending a statement to its last row",
            Unit::Seconds,
            families.query_duration.clone(),
        );
        registry.register(
            "db_batch_callers",
            "Callers that one statement served, of those that went out together",
            families.batch_callers.clone(),
        );
        registry.register(
            "db_errors",
            "Statements that failed, and callers that got no connection, by class of error",
            families.errors.clone(),
        );
        registry.register(
            "db_transaction_attempts",
            "Attempts at transactions, by how they ended and whether another followed",
            families.transaction_attempts.clone(),
        );
        registry.register_with_unit(
            "db_transaction_duration",
            "Time that an attempt at a transaction held its connection",
            Unit::Seconds,
            families.transaction_duration.clone(),
        );
        registry.register(
            "db_connection_attempts",
            "Attempts to connect to the database server: ok, or the class of the error",
            families.connection_attempts.clone(),
        );
        registry.register_with_unit(
            "db_pool_acquire_duration",
            "Time that callers waited for a connection of the pool, in vain or not",
            Unit::Seconds,
            families.acquire_duration.clone(),
        );
        registry.register(
            "db_pool_connections",
            "Open connections of the pool",
            families.connections.clone(),
        );
        registry.register(
            "db_pool_waiting",
            "Callers that wait for a connection of the pool",
            families.waiting.clone(),
        );
        registry.register(
            "db_pool_max_connections",
            "The most connections that the pool opens",
            families.max_connections.clone(),
        );
        for class in ErrorClass::ALL {
            // There from the start with 0, so that a rate sees the first error.
            drop(families.errors.get_or_create(&Class::of(class)));
        }
        families
    }

    /// Takes the pool's figures over.
    pub(super) fn pool(&self, status: PoolStatus) {
        for (state, connections) in [("in_use", status.in_use), ("idle", status.idle)] {
            self.connections
                .get_or_create(&State { state })
                .set(connections.into());
        }
        self.waiting.set(status.waiting.into());
        self.max_connections.set(status.max.into());
    }

    fn of_kind(&self, kind: StatementKind) -> &(Counter, Histogram) {
        self.by_kind[kind as usize].get_or_init(|| {
            let statement = Statement {
                statement: kind.name(),
            };
            let count = self.queries.get_or_create(&statement).clone();
            let duration = self.query_duration.get_or_create(&statement).clone();
            (count, duration)
        })
    }

    /// Counts a commit of a transaction by a name that has been met before. False for a new one.
    fn committed_before(&self, name: &'static str, took: f64) -> bool {
        let committed = self
            .committed
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let Some((_, count, duration)) = committed.iter().find(|(known, ..)| *known == name) else {
            return false;
        };
        count.inc();
        duration.observe(took);
        true
    }

    fn error(&self, outcome: Result<(), ErrorClass>) {
        if let Err(class) = outcome {
            self.errors.get_or_create(&Class::of(class)).inc();
        }
    }
}

impl Class {
    fn of(class: ErrorClass) -> Self {
        Self {
            class: class.name(),
        }
    }
}

impl Metrics {
    /// Counts a statement of a kind that took `duration`.
    pub(in crate::observability) fn query_finished(
        &self,
        kind: StatementKind,
        duration: Duration,
        outcome: Result<(), ErrorClass>,
    ) {
        let families = &self.0.database;
        let (count, durations) = families.of_kind(kind);
        count.inc();
        durations.observe(duration.as_secs_f64());
        families.error(outcome);
    }

    /// Counts a statement that serves so many callers.
    pub(in crate::observability) fn batch_sent(&self, callers: usize) {
        let callers = u32::try_from(callers).unwrap_or(u32::MAX);
        self.0.database.batch_callers.observe(callers.into());
    }

    /// Counts a caller that got a connection after `waited`, or did not.
    pub(in crate::observability) fn acquired(
        &self,
        waited: Duration,
        outcome: Result<(), ErrorClass>,
    ) {
        let families = &self.0.database;
        families.acquire_duration.observe(waited.as_secs_f64());
        families.error(outcome);
    }

    /// Counts an attempt at a transaction.
    pub(in crate::observability) fn transaction_attempted(&self, attempt: &TransactionAttempt) {
        let families = &self.0.database;
        let took = attempt.took.as_secs_f64();
        let is_usual = attempt.outcome == TransactionOutcome::Committed && !attempt.will_retry;
        if is_usual && families.committed_before(attempt.name, took) {
            return;
        }
        let transaction = attempt.name;
        let labels = Transaction {
            transaction,
            outcome: attempt.outcome.name(),
            retried: if attempt.will_retry { "true" } else { "false" },
        };
        let count = families.transaction_attempts.get_or_create(&labels).clone();
        let name = TransactionName { transaction };
        let duration = families.transaction_duration.get_or_create(&name).clone();
        count.inc();
        duration.observe(took);
        if is_usual {
            let mut committed = families
                .committed
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            // Another first one of this name may have come first.
            if !committed.iter().any(|(known, ..)| *known == transaction) {
                committed.push((transaction, count, duration));
            }
        }
    }

    /// Counts an attempt to connect to the server.
    pub(in crate::observability) fn connected(&self, outcome: Result<(), ErrorClass>) {
        let outcome = outcome.err().map_or("ok", ErrorClass::name);
        self.0
            .database
            .connection_attempts
            .get_or_create(&Outcome { outcome })
            .inc();
    }
}
