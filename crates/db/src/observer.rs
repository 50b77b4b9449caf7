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
    /// The observation that comes back hears of the end; take the time here and there for a
    /// duration.
    fn query(&self, statement: &str) -> Option<Box<dyn QueryObservation>> {
        let _ = statement;
        None
    }

    /// A caller got a connection from the pool, or did not, after it waited for `waited`.
    fn acquired(&self, waited: Duration, outcome: Result<(), ErrorClass>) {
        let _ = (waited, outcome);
    }

    /// One attempt to connect to the server ended after `took`.
    fn connected(&self, took: Duration, outcome: Result<(), ErrorClass>) {
        let _ = (took, outcome);
    }
}

/// One statement on its way.
pub trait QueryObservation: Send {
    /// The last row, or the error, has arrived.
    ///
    /// Called once. A caller that went away before gives [`ErrorClass::Cancelled`].
    fn finished(self: Box<Self>, outcome: Result<(), ErrorClass>);
}

/// Looks away.
impl Observer for () {}
