//! A transaction from the pool: begin, run, commit, and once more from the start where another
//! transaction or a lost connection got in its way.
//!
//! Whether it can be repeated is read from the connection, which saw every statement's error; never
//! from what the closure made of it. `retry` has the pauses, `attempt` one run from BEGIN to its
//! end, `savepoint` a part of one, `send_fn` the shape of the closures, `error` what keeps their
//! errors apart from ours.

mod attempt;
mod error;
mod retry;
mod savepoint;
mod send_fn;

use std::sync::Arc;
use std::time::Duration;

use crate::connection::{Connection, set_local_limit};
use crate::observer::UNNAMED_TRANSACTION;
use crate::{Database, DbError};
use attempt::Attempt;
pub use error::TransactionError;
pub use send_fn::{SendFn, SendFnOnce};

/// A transaction to be, made by [`Database::transaction`].
#[derive(Clone, Debug)]
#[must_use = "a transaction does nothing until `run`"]
pub struct TransactionBuilder<'a> {
    database: &'a Database,
    name: &'static str,
    isolation: Option<&'static str>,
    read_only: bool,
    deferrable: bool,
    statement_timeout: Duration,
}

impl<'a> TransactionBuilder<'a> {
    /// How often a transaction is tried before its error goes to the caller. Some three seconds'
    /// worth: where eight tasks write one row without a pause, one in eight thousand transactions
    /// needs more than 25.
    pub const ATTEMPTS: u32 = 50;

    pub(crate) fn new(database: &'a Database) -> Self {
        Self {
            database,
            name: UNNAMED_TRANSACTION,
            isolation: None,
            read_only: false,
            deferrable: false,
            statement_timeout: database.config().statement_timeout(),
        }
    }

    /// What this transaction is called in metrics and logs, such as `transfer`.
    pub fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Isolation level SERIALIZABLE. The server's default (READ COMMITTED, unless set otherwise) is
    /// used without.
    pub fn serializable(mut self) -> Self {
        self.isolation = Some("SERIALIZABLE");
        self
    }

    /// Isolation level REPEATABLE READ: every statement sees the database as of the first.
    pub fn repeatable_read(mut self) -> Self {
        self.isolation = Some("REPEATABLE READ");
        self
    }

    /// READ ONLY: a write fails with [`DbError::ReadOnlyTransaction`].
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// DEFERRABLE: waits for a moment in which it can never fail. Only has a meaning together with
    /// `serializable` and `read_only`.
    pub fn deferrable(mut self) -> Self {
        self.deferrable = true;
        self
    }

    /// How long each of its statements may take, instead of `DATABASE_STATEMENT_TIMEOUT`.
    pub fn statement_timeout(mut self, limit: Duration) -> Self {
        self.statement_timeout = limit;
        self
    }

    /// Runs `work` in the transaction. `Ok` commits, `Err` rolls back, unless
    /// [`Connection::commit_with`] has committed before.
    ///
    /// All of `work` is run again, on a fresh start, where the transaction was rolled back because
    /// of a serialization failure (SQLSTATE 40001), a deadlock (40P01), or a connection that was
    /// lost before COMMIT went out: up to
    /// [`TransactionBuilder::ATTEMPTS`] times, with growing pauses. So `work` must do nothing that
    /// the rollback does not undo, such as sending mail;
    /// [`run_without_retry`](Self::run_without_retry) is for what cannot be repeated. Whether to
    /// repeat is known from the statements' errors; what `work` turns them into does not matter.
    ///
    /// `work` may borrow what is around it. Where its future is dropped, nothing is committed,
    /// unless COMMIT was already on its way. Inside, [`Connection::savepoint`] undoes a part.
    ///
    /// # Errors
    /// What the last attempt's `work` returned, also where the rollback failed after it.
    /// [`TransactionError`] keeps an application's own errors apart from the database's. Else whatever acquiring a connection, BEGIN or COMMIT gave. After [`DbError::CommitUnknown`]
    /// it is open whether it took place, so it is not repeated.
    pub async fn run<R, E, F>(self, work: F) -> Result<R, E>
    where
        for<'r> F: AsyncFn(&'r mut Connection) -> Result<R, E>
            + SendFn<&'r mut Connection, Result<R, E>, Fut: Send>
            + Send
            + Sync,
        R: Send,
        E: From<DbError> + Send,
    {
        let mut number = 1;
        loop {
            let mut attempt = Attempt::new(&self, number);
            let result = attempt.run(&work).await;
            let retryable = match number < Self::ATTEMPTS {
                true => attempt.retryable(),
                false => None,
            };
            attempt.finish(retryable.is_some() && result.is_err());
            let Some(class) = retryable.filter(|_| result.is_err()) else {
                return result;
            };
            tokio::time::sleep(retry::pause(class, number)).await;
            number += 1;
        }
    }

    /// Runs `work` like [`run`](Self::run), but never a second time: for what may not be repeated.
    /// The caller meets every serialization failure and deadlock.
    ///
    /// # Errors
    /// Those of [`run`](Self::run).
    pub async fn run_without_retry<R, E, F>(self, work: F) -> Result<R, E>
    where
        for<'r> F: AsyncFnOnce(&'r mut Connection) -> Result<R, E>
            + SendFnOnce<&'r mut Connection, Result<R, E>, Fut: Send>
            + Send,
        R: Send,
        E: From<DbError> + Send,
    {
        let mut attempt = Attempt::new(&self, 1);
        let result = attempt.run_once(work).await;
        attempt.finish(false);
        result
    }

    /// What begins it on `connection`.
    fn begin(&self, connection: &Connection) -> Arc<str> {
        let has_limit = connection.has_server_limit(self.statement_timeout);
        let is_plain = self.isolation.is_none() && !self.read_only && !self.deferrable;
        match is_plain && has_limit {
            true => Arc::clone(self.database.plain_begin()),
            false => self.begin_anew(has_limit).into(),
        }
    }

    fn begin_anew(&self, has_limit: bool) -> String {
        let mut sql = "BEGIN".to_owned();
        if let Some(level) = self.isolation {
            sql.push_str(" ISOLATION LEVEL ");
            sql.push_str(level);
        }
        if self.read_only {
            sql.push_str(" READ ONLY");
        }
        if self.deferrable {
            sql.push_str(" DEFERRABLE");
        }
        if !has_limit {
            sql.push_str(&set_local_limit(self.statement_timeout));
        }
        sql
    }
}
