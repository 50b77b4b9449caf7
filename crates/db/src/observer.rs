//! How this crate tells what it does, without a logging or metrics library of its own.

use std::time::Duration;

use crate::ErrorClass;

/// Sees queries and connections. The adapters implement it with spans and metrics.
///
/// Every method has an empty default. They are called in the task that runs the query, so they must
/// return at once: no lock held for long, no I/O.
pub trait Observer: Send + Sync + 'static {
    /// A statement goes out.
    ///
    /// `statement` is SQL text with its placeholders (`$1`), never with values, and may be long.
    /// The observation that comes back hears of the end.
    fn query(&self, statement: &str) -> Option<Box<dyn QueryObservation>> {
        let _ = statement;
        None
    }

    /// A statement ended, `took` after it went out, as [`QueryObservation::finished`] is told it.
    ///
    /// For observers that only count: it costs no allocation.
    fn query_finished(&self, statement: &str, took: Duration, outcome: Result<(), ErrorClass>) {
        let _ = (statement, took, outcome);
    }

    /// The next statement of this task serves so many callers: see [`DataLoader`](crate::DataLoader),
    /// [`SingleFlight`](crate::SingleFlight) and [`InsertBatcher`](crate::InsertBatcher). The observer is told of one
    /// statement, which is in no caller's span; a read may need a second one, as a page past the last does.
    fn batch_sent(&self, callers: usize) {
        let _ = callers;
    }

    /// A caller got a connection from the pool, or did not, after it waited for `waited`.
    fn acquired(&self, waited: Duration, outcome: Result<(), ErrorClass>) {
        let _ = (waited, outcome);
    }

    /// One attempt at a transaction ended, however it did. A transaction that is repeated gives
    /// several.
    fn transaction(&self, attempt: &TransactionAttempt) {
        let _ = attempt;
    }

    /// All processes together may open more connections than the server allows. Told once, by
    /// [`Database::warm_up`](crate::Database::warm_up).
    fn connections_short(&self, demand: &ConnectionDemand) {
        let _ = demand;
    }

    /// One attempt to connect to the server ended after `took`.
    fn connected(&self, took: Duration, outcome: Result<(), ErrorClass>) {
        let _ = (took, outcome);
    }
}

/// One statement on its way.
pub trait QueryObservation: Send {
    /// The last row, or the error, has arrived, `took` after the statement went out. The time in
    /// which a stream's reader let its rows wait is part of it.
    ///
    /// Called once. A caller that went away before gives [`ErrorClass::Cancelled`].
    fn finished(self: Box<Self>, took: Duration, outcome: Result<(), ErrorClass>);
}

/// What a transaction without a name is called.
pub(crate) const UNNAMED_TRANSACTION: &str = "unnamed";

/// One attempt at a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransactionAttempt {
    /// Its name, or `unnamed`.
    pub name: &'static str,
    /// Which attempt it was, from 1.
    pub number: u32,
    /// From the moment it had a connection to its end. It held row locks, and kept rows from being
    /// vacuumed, for at most as long.
    pub took: Duration,
    /// How it ended.
    pub outcome: TransactionOutcome,
    /// Whether another attempt follows.
    pub will_retry: bool,
}

impl TransactionAttempt {
    /// From here on a transaction is slow enough for a warning.
    pub const SLOW: Duration = Duration::from_secs(1);

    /// Whether it took [`TransactionAttempt::SLOW`] or longer.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        self.took >= Self::SLOW
    }
}

/// How an attempt at a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionOutcome {
    /// Committed.
    Committed,
    /// Rolled back, because the closure said so and not because of the database.
    RolledBack,
    /// Something of the database failed, whatever the closure made of it. [`ErrorClass::Cancelled`]
    /// also where the caller went away.
    Failed(ErrorClass),
}

impl TransactionOutcome {
    /// The name, in snake_case, for a metric's label.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::RolledBack => "rolled_back",
            Self::Failed(class) => class.name(),
        }
    }
}

/// More connections may be asked for than the server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionDemand {
    /// `DATABASE_INSTANCES`.
    pub instances: u32,
    /// `DATABASE_POOL_MAX`.
    pub pool_max: u32,
    /// The server's `max_connections`, less what it reserves for superusers and the like.
    pub available: u32,
}

/// Looks away.
impl Observer for () {}
