//! A transaction from the pool: begin, run, commit.

use std::fmt::Write;
use std::future::Future;
use std::time::Duration;

use diesel_async::TransactionManager;

use crate::connection::{Connection, Transactions};
use crate::{Database, DbError};

/// How much later than the client the server gives a statement up. The client knows why, so it
/// should come first; the server's own limit holds where the client is stuck.
const SERVER_GRACE: Duration = Duration::from_secs(1);

/// A transaction to be, made by [`Database::transaction`].
#[derive(Clone, Debug)]
#[must_use = "a transaction does nothing until `run`"]
pub struct TransactionBuilder<'a> {
    database: &'a Database,
    isolation: Option<&'static str>,
    read_only: bool,
    deferrable: bool,
    statement_timeout: Duration,
}

impl<'a> TransactionBuilder<'a> {
    pub(crate) fn new(database: &'a Database) -> Self {
        Self {
            database,
            isolation: None,
            read_only: false,
            deferrable: false,
            statement_timeout: database.config().statement_timeout(),
        }
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

    /// Runs `work` in the transaction. `Ok` commits, `Err` rolls back.
    ///
    /// `work` may borrow what is around it. Where its future is dropped, nothing is committed,
    /// unless COMMIT was already on its way. Inside, `connection.transaction(..)` is a savepoint.
    ///
    /// # Errors
    /// What `work` returned, also where the rollback failed after it. Else whatever acquiring a
    /// connection, BEGIN or COMMIT gave. After [`DbError::CommitUnknown`] it is open whether it
    /// took place.
    pub async fn run<R, E, F>(self, work: F) -> Result<R, E>
    where
        for<'r> F: AsyncFnOnce(&'r mut Connection) -> Result<R, E>
            + SendFuture<&'r mut Connection, Result<R, E>, Fut: Send>
            + Send,
        R: Send,
        E: From<DbError> + Send,
    {
        let begin = self.begin();
        let mut connection = self.database.primary().await?;
        let connection: &mut Connection = &mut connection;
        // Not put back when the future is dropped: such a connection goes nowhere any more.
        let limit_before = connection.replace_statement_timeout(Some(self.statement_timeout));
        let result = Self::run_on(connection, begin, work).await;
        connection.replace_statement_timeout(limit_before);
        result
    }

    async fn run_on<R, E, F>(connection: &mut Connection, begin: String, work: F) -> Result<R, E>
    where
        for<'r> F: AsyncFnOnce(&'r mut Connection) -> Result<R, E>
            + SendFuture<&'r mut Connection, Result<R, E>, Fut: Send>
            + Send,
        R: Send,
        E: From<DbError> + Send,
    {
        Transactions::begin(connection, begin).map_err(DbError::from)?;
        match work(&mut *connection).await {
            Ok(value) => {
                Transactions::commit_transaction(connection)
                    .await
                    .map_err(DbError::from)?;
                Ok(value)
            }
            Err(error) => {
                // What went wrong first is what the caller must hear. A connection that cannot roll
                // back is closed.
                let _ = Transactions::rollback_transaction(connection).await;
                Err(error)
            }
        }
    }

    fn begin(&self) -> String {
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
        let limit = self.statement_timeout.saturating_add(SERVER_GRACE);
        // PostgreSQL's unit is a millisecond, its type a 4-byte integer.
        let milliseconds = i32::try_from(limit.as_millis()).unwrap_or(i32::MAX);
        let _ = write!(sql, "; SET LOCAL statement_timeout = {milliseconds}");
        sql
    }
}

/// Names the future of an async closure, so that it can be required to be `Send`.
///
/// A bound only: every async closure and function of one argument has it. Needed until Rust can say
/// it by itself.
pub trait SendFuture<Argument, Output>:
    AsyncFnOnce(Argument) -> Output + FnOnce(Argument) -> <Self as SendFuture<Argument, Output>>::Fut
{
    /// The future.
    type Fut: Future<Output = Output>;
}

impl<F, Argument, Output, Fut> SendFuture<Argument, Output> for F
where
    F: AsyncFnOnce(Argument) -> Output + FnOnce(Argument) -> Fut,
    Fut: Future<Output = Output>,
{
    type Fut = Fut;
}
