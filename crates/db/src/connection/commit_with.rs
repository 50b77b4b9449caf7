//! The last statement of a transaction, together with its COMMIT.
//!
//! Where the network is slow, one round trip less is what a caller may want. It is asked for, never
//! guessed: the caller gives up to look at the answer before it commits.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use diesel::result::{Error as DieselError, QueryResult};
use futures_util::TryStreamExt;
use futures_util::future::join;

use super::Connection;
use super::pooler::StatementMode;
use super::query::Query;
use super::rows::{FirstRows, Rows};
use super::run::count;
use super::running::Running;
use super::transactions::{Commit, Transactions};
use crate::error::{StatementFailedBefore, is_statement_deadline};
use crate::{DbError, SendFnOnce};

/// An answer that was read to its end.
struct Answer {
    rows: FirstRows,
    count: usize,
}

impl Connection {
    /// Commits the transaction with the statement that `work` runs: COMMIT goes out with it, and
    /// both are one round trip.
    ///
    /// Gives `Ok` once the transaction is committed, with what `work` made of the answer, and `Err`
    /// where it is not. An inner `Err` is one that came too late: no row was found, or a row could
    /// not be read. Where such an answer must undo the transaction, let COMMIT go by itself.
    ///
    /// ```
    /// # use axis_db::{Connection, Database, DbError};
    /// # async fn debit(_: &mut Connection, _: i32) -> Result<i32, DbError> { Ok(0) }
    /// # async fn credit(_: &mut Connection, _: i32) -> Result<i32, DbError> { Ok(0) }
    /// # async fn example(database: &Database) -> Result<i32, DbError> {
    /// let transfer = async |connection: &mut Connection| {
    ///     debit(connection, 1).await?;
    ///     connection
    ///         .commit_with(async |connection| credit(connection, 2).await)
    ///         .await
    /// };
    /// database.transaction().run(transfer).await?
    /// # }
    /// ```
    ///
    /// - It is the end of an outermost transaction: what follows, in `work` and after it, is
    ///   refused with [`NotInTransaction`](DieselError::NotInTransaction).
    /// - Where the statement fails, the server answers COMMIT with a rollback, and the statement's
    ///   error goes to `work`. So does the error of a COMMIT that is refused, or not answered
    ///   ([`DbError::CommitUnknown`]).
    /// - COMMIT waits for the answer to the statement where that must still be prepared, or where
    ///   it is the transaction's first.
    /// - A COPY, a batch and what `work` runs in a savepoint go out as ever. Where nothing else
    ///   follows in `work`, COMMIT goes by itself, once `work` has returned `Ok`.
    /// - The answer is kept whole in memory, `load_stream`'s too.
    ///
    /// # Errors
    /// What `work` returned, where nothing is committed. Outside of a transaction and within a
    /// savepoint, [`NotInTransaction`](DieselError::NotInTransaction), before `work` is called.
    /// [`DbError::TransactionAborted`] and [`DbError::CommitUnknown`] where `work` kept the error
    /// for itself; the latter also where it dropped the statement's future while COMMIT was under
    /// way, whatever it returned then.
    pub async fn commit_with<R, E, F>(&mut self, work: F) -> Result<Result<R, E>, E>
    where
        for<'r> F: AsyncFnOnce(&'r mut Connection) -> Result<R, E>
            + SendFnOnce<&'r mut Connection, Result<R, E>, Fut: Send>
            + Send,
        R: Send,
        E: From<DbError> + Send,
    {
        self.check_can_commit().map_err(DbError::from)?;
        self.transaction.commit = Commit::WithNext;
        let result = {
            let asked = Asked(&mut *self);
            work(&mut *asked.0).await
        };
        let ended = match (self.transaction.commit, &result) {
            (Commit::Done, _) => Ok(()),
            // `work` has passed that on.
            (Commit::Sent, Err(_)) if !self.transaction.is_commit_left() => return result.map(Ok),
            (Commit::Sent, _) => Err(self.commit_left()),
            (_, Err(_)) => return result.map(Ok),
            (Commit::Refused, Ok(_)) => Err(StatementFailedBefore.into()),
            (Commit::Due | Commit::WithNext, Ok(_)) => self.commit_by_itself().await,
        };
        ended.map_err(DbError::from)?;
        Ok(result)
    }

    /// The error of a COMMIT whose answer nobody waited for.
    pub(crate) fn commit_left(&mut self) -> DieselError {
        let error = self.session.closed();
        self.transaction.commit_unanswered(error)
    }

    fn check_can_commit(&self) -> QueryResult<()> {
        self.check_usable()?;
        match self.transaction.depth()? {
            1 => Ok(()),
            _ => Err(DieselError::NotInTransaction),
        }
    }

    async fn commit_by_itself(&mut self) -> QueryResult<()> {
        self.check_can_commit()?;
        if self.transaction.has_failed() {
            return Err(StatementFailedBefore.into());
        }
        if self.transaction.has_waiting_begin() {
            // The server knows of no transaction.
            self.transaction.commit = Commit::Done;
            return Ok(());
        }
        Transactions::send_commit(self).await
    }

    /// Runs `query` and commits. Gives the number of rows that it concerned.
    pub(super) async fn execute_and_commit(&mut self, query: Query) -> QueryResult<usize> {
        self.check_usable()?;
        if self.takes_commit_along(&query) {
            return Ok(self.run_with_commit(query).await?.count);
        }
        let count = self.execute(query).await?;
        Transactions::send_commit(self).await?;
        Ok(count)
    }

    /// Runs `query` and commits. Gives its rows.
    pub(super) async fn load_and_commit(&mut self, query: Query) -> QueryResult<Rows<'_>> {
        self.check_usable()?;
        let rows = match self.takes_commit_along(&query) {
            true => self.run_with_commit(query).await?.rows,
            false => {
                let rows = self.load(query).await?.read_all().await?;
                Transactions::send_commit(self).await?;
                rows
            }
        };
        Ok(Rows::whole(rows))
    }

    /// Whether COMMIT may go out in one write with `query`, which is the one to commit with.
    fn takes_commit_along(&mut self, query: &Query) -> bool {
        self.transaction.commit = Commit::Due;
        let needs_parse = query.statement.is_none() && self.mode == StatementMode::Named;
        let waits_for_begin = self.transaction.has_waiting_begin();
        let has_failed = self.transaction.has_failed();
        !needs_parse && !waits_for_begin && !has_failed && query.unknown_types.is_empty()
    }

    /// Both in one write.
    async fn run_with_commit(&mut self, mut query: Query) -> QueryResult<Answer> {
        let mut running = Running::start(&self.session, &query.sql);
        // Before anything is awaited: where this future is dropped, COMMIT may be on its way.
        self.transaction.commit = Commit::Sent;
        let both = {
            let work = pin!(self.write_both(&query));
            running.wait(self.statement_timeout, work).await
        };
        let (answered, committed) = match both {
            Ok(both) => both,
            Err(error) => (Err(error), None),
        };
        let failure = answered.as_ref().err();
        if let Some(error) = failure {
            self.forget_where_stale(&mut query, error);
        }
        self.finish(running, &query, failure);
        self.room.take_back(&mut query);
        let error = match (answered, committed) {
            (Ok(answer), Some(Ok(()))) => {
                self.transaction.commit = Commit::Done;
                return Ok(answer);
            }
            (Ok(_), None) => DieselError::BrokenTransactionManager,
            // By then COMMIT had been answered, with a rollback if the error is that of the statement itself.
            (Err(error), Some(Ok(()))) if self.is_unknown_type(&error) => {
                return Err(self.transaction.commit_unanswered(error));
            }
            (Err(error), None) if !is_statement_deadline(&error) => {
                // Nothing went out.
                self.transaction.commit = Commit::Due;
                return Err(error);
            }
            // Where the statement failed, the COMMIT's answer says nothing more.
            (Err(error), _) | (Ok(_), Some(Err(error))) => error,
        };
        Err(self.transaction.commit_failed(error))
    }

    /// The answers to the statement and to the COMMIT; none to a COMMIT that was held back.
    async fn write_both(
        &self,
        query: &Query,
    ) -> QueryResult<(QueryResult<Answer>, Option<QueryResult<()>>)> {
        let mut statement = pin!(async {
            let mut coming = pin!(self.bind(query, query.statement.as_ref()).await?);
            let mut rows = FirstRows::default();
            while let Some(row) = self.ok(coming.try_next().await)? {
                rows.push(row);
            }
            let count = count(&coming);
            Ok(Answer { rows, count })
        });
        // The first poll writes the statement. If that fails already, COMMIT alone would commit
        // without it.
        let first = poll_fn(|context| Poll::Ready(statement.as_mut().poll(context))).await;
        if let Poll::Ready(Err(error)) = first {
            return Ok((Err(error), None));
        }
        let commit = async {
            let running = Running::start(&self.session, "COMMIT");
            let result = self.ok(self.client.batch_execute("COMMIT").await);
            running.finish(result.as_ref().err());
            result
        };
        let (answered, committed) = match first {
            Poll::Ready(answered) => (answered, commit.await),
            Poll::Pending => join(statement, commit).await,
        };
        Ok((answered, Some(committed)))
    }
}

/// What asks the next statement to take COMMIT along, for as long as it lives.
struct Asked<'conn>(&'conn mut Connection);

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let commit = &mut self.0.transaction.commit;
        if *commit == Commit::WithNext {
            *commit = Commit::Due;
        }
    }
}
