//! What happens between this process and its database.

use std::time::Duration;

use axis_db::{ErrorClass, PoolStatus};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::Metrics;

/// Seconds. Local queries take tenths of a millisecond, a cold compute takes seconds.
const BUCKETS: [f64; 14] = [
    0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}

pub(super) struct DatabaseFamilies {
    queries: Family<Statement, Counter>,
    query_duration: Family<Statement, Histogram>,
    errors: Family<Class, Counter>,
    connection_attempts: Family<Outcome, Counter>,
    acquire_duration: Histogram,
    connections: Family<State, Gauge>,
    waiting: Gauge,
    max_connections: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Statement {
    /// `select`, `insert`, `update`, `delete`, what controls a transaction, or `other`.
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
struct State {
    state: &'static str,
}

impl DatabaseFamilies {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let families = Self {
            queries: Family::default(),
            query_duration: Family::new_with_constructor(histogram),
            errors: Family::default(),
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
            "db_errors",
            "Statements that failed, and callers that got no connection, by class of error",
            families.errors.clone(),
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
        statement: &'static str,
        duration: Duration,
        outcome: Result<(), ErrorClass>,
    ) {
        let families = &self.0.database;
        let statement = Statement { statement };
        families.queries.get_or_create(&statement).inc();
        families
            .query_duration
            .get_or_create(&statement)
            .observe(duration.as_secs_f64());
        families.error(outcome);
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
