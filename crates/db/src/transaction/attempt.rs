//! One run of a transaction, from its connection to its COMMIT.

use std::time::Instant;

use diesel_async::{AsyncConnection, TransactionManager};

use super::{SendFn, SendFnOnce, TransactionBuilder};
use crate::connection::{Connection, Transactions};
use crate::observer::{TransactionAttempt, TransactionOutcome};
use crate::{DbError, ErrorClass, PooledConnection};

/// Tells the observer how it ended, also where its future is dropped.
pub(super) struct Attempt<'a> {
    builder: &'a TransactionBuilder<'a>,
    number: u32,
    /// When it got its connection.
    started: Option<Instant>,
    /// What the database or the way to it said last.
    failure: Option<ErrorClass>,
    retryable: Option<ErrorClass>,
    is_committed: bool,
    is_finished: bool,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(builder: &'a TransactionBuilder<'a>, number: u32) -> Self {
        Self {
            builder,
            number,
            started: None,
            failure: None,
            retryable: None,
            is_committed: false,
            is_finished: false,
        }
    }

    /// Why all of it can be run again; none where it cannot.
    pub(super) fn retryable(&self) -> Option<ErrorClass> {
        self.retryable
    }

    pub(super) async fn run<R, E, F>(&mut self, work: &F) -> Result<R, E>
    where
        for<'r> F: AsyncFn(&'r mut Connection) -> Result<R, E>
            + SendFn<&'r mut Connection, Result<R, E>, Fut: Send>
            + Send
            + Sync,
        R: Send,
        E: From<DbError> + Send,
    {
        let mut connection = self.begin().await?;
        let limit = self.limit(&mut connection);
        let result = work(&mut connection).await;
        let result = self.end(&mut connection, result).await;
        connection.replace_statement_timeout(limit);
        result
    }

    pub(super) async fn run_once<R, E, F>(&mut self, work: F) -> Result<R, E>
    where
        for<'r> F: AsyncFnOnce(&'r mut Connection) -> Result<R, E>
            + SendFnOnce<&'r mut Connection, Result<R, E>, Fut: Send>
            + Send,
        R: Send,
        E: From<DbError> + Send,
    {
        let mut connection = self.begin().await?;
        let limit = self.limit(&mut connection);
        let result = work(&mut connection).await;
        let result = self.end(&mut connection, result).await;
        connection.replace_statement_timeout(limit);
        result
    }

    async fn begin(&mut self) -> Result<PooledConnection<'a>, DbError> {
        let begun = async {
            let mut connection = self.builder.database.primary().await?;
            let begin = self.builder.begin(&connection);
            Transactions::begin(&mut connection, begin)?;
            Ok(connection)
        };
        let begun: Result<_, DbError> = begun.await;
        self.started = Some(Instant::now());
        self.failure = begun.as_ref().err().map(DbError::class);
        begun
    }

    /// Sets the limit of its statements and gives back the one before. Not put back where the
    /// future is dropped: such a connection goes nowhere any more.
    fn limit(&self, connection: &mut Connection) -> Option<std::time::Duration> {
        connection.replace_statement_timeout(Some(self.builder.statement_timeout))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is what `Database::transaction` is made of"
    )]
    async fn end<R, E: From<DbError>>(
        &mut self,
        connection: &mut Connection,
        result: Result<R, E>,
    ) -> Result<R, E> {
        let result = match connection.transaction_state().is_commit_left() {
            true => Err(DbError::from(connection.commit_left()).into()),
            false => result,
        };
        let result = match result {
            Ok(value) => match Transactions::commit_transaction(connection).await {
                Ok(()) => Ok(value),
                Err(error) => {
                    let error = DbError::from(error);
                    self.failure = Some(error.class());
                    Err(error.into())
                }
            },
            Err(error) => {
                // What went wrong first is what the caller must hear. A connection that cannot roll
                // back is closed.
                let _ = Transactions::rollback_transaction(connection).await;
                Err(error)
            }
        };
        let state = connection.transaction_state();
        self.retryable = state.retryable();
        self.is_committed = result.is_ok() || state.is_committed();
        if result.is_err() && self.failure.is_none() {
            self.failure = state.failure();
        }
        result
    }

    pub(super) fn finish(mut self, will_retry: bool) {
        let outcome = match (self.is_committed, self.failure) {
            (true, _) => TransactionOutcome::Committed,
            (false, None) => TransactionOutcome::RolledBack,
            (false, Some(class)) => TransactionOutcome::Failed(class),
        };
        self.tell(outcome, will_retry);
    }

    fn tell(&mut self, outcome: TransactionOutcome, will_retry: bool) {
        self.is_finished = true;
        let took = self
            .started
            .map_or_else(Default::default, |at| at.elapsed());
        let observer = self.builder.database.observer();
        observer.transaction(&TransactionAttempt {
            name: self.builder.name,
            number: self.number,
            took,
            outcome,
            will_retry,
        });
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.is_finished {
            self.tell(TransactionOutcome::Failed(ErrorClass::Cancelled), false);
        }
    }
}
