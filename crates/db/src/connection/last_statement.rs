//! The last statement of a transaction, together with its COMMIT.
//!
//! Where the network is slow, one round trip less is what a caller may want. It is asked for, never
//! guessed: the caller gives up to look at the answer before it commits.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use diesel::pg::Pg;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::{Error as DieselError, QueryResult};
use futures_util::TryStreamExt;
use futures_util::future::join;

use super::Connection;
use super::pooler::StatementMode;
use super::query::Query;
use super::run::count;
use super::running::Running;
use super::transactions::{Transactions, commit_unknown, is_answer};
use crate::error::is_statement_deadline;

impl Connection {
    /// Runs `statement` and commits the transaction around it, in one round trip where that is
    /// safe. Gives the number of rows that the statement concerned.
    ///
    /// To be called last in the closure of an outermost transaction; what follows in it is refused.
    /// If the statement fails, the server answers the COMMIT with a rollback, and the statement's
    /// error comes back.
    ///
    /// # Errors
    /// [`DieselError::NotInTransaction`] outside of a transaction and within a savepoint; else
    /// those of the statement and of the COMMIT.
    pub fn execute_and_commit<'conn, T>(
        &'conn mut self,
        statement: T,
    ) -> impl Future<Output = QueryResult<usize>> + Send + use<'conn, T>
    where
        T: QueryFragment<Pg> + QueryId,
    {
        self.started(&statement);
        let query = self.read(&statement, T::query_id());
        drop(statement);
        self.run_last(query)
    }

    async fn run_last(&mut self, query: QueryResult<Query>) -> QueryResult<usize> {
        let query = query?;
        self.check_usable()?;
        if self.transaction.depth()? != 1 {
            return Err(DieselError::NotInTransaction);
        }
        let needs_parse = query.statement.is_none() && self.mode == StatementMode::Named;
        let waits_for_begin = self.transaction.has_waiting_begin();
        let is_failed = self.transaction.has_failed();
        if needs_parse || waits_for_begin || is_failed || !query.unknown_types.is_empty() {
            return self.run_then_commit(query).await;
        }
        self.run_with_commit(query).await
    }

    /// One after the other.
    async fn run_then_commit(&mut self, query: Query) -> QueryResult<usize> {
        let count = self.execute(query).await?;
        let result = Transactions::send_commit(self).await;
        self.transaction.ended_with_statement();
        result.map(|()| count)
    }

    /// Both in one write.
    async fn run_with_commit(&mut self, mut query: Query) -> QueryResult<usize> {
        let mut running = Running::start(&self.session, &query.sql);
        self.transaction.sends_commit();
        let answers = {
            let work = pin!(self.write_both(&query));
            running.wait(self.statement_timeout, work).await
        };
        let (counted, committed) = match answers {
            Ok(answers) => answers,
            Err(error) => (Err(error), None),
        };
        let error = counted.as_ref().err();
        if let Some(error) = error {
            self.forget_where_stale(&mut query, error);
        }
        self.finish(running, &query, counted.as_ref().err());
        match (counted, committed) {
            // Nothing went out.
            (Err(error), None) if !is_statement_deadline(&error) => {
                self.transaction.was_not_committed();
                Err(error)
            }
            (Ok(count), Some(Ok(()))) => {
                self.transaction.ended_with_statement();
                Ok(count)
            }
            // Where the statement failed, the COMMIT's answer says nothing more.
            (Err(error), _) | (Ok(_), Some(Err(error))) => {
                if !is_answer(&error) {
                    self.transaction.status.set_in_error();
                    return Err(commit_unknown(error));
                }
                self.transaction.was_not_committed();
                self.transaction.ended_with_statement();
                Err(error)
            }
            (Ok(_), None) => Err(DieselError::BrokenTransactionManager),
        }
    }

    /// The answers to the statement and to the COMMIT; none to a COMMIT that was held back.
    async fn write_both(
        &self,
        query: &Query,
    ) -> QueryResult<(QueryResult<usize>, Option<QueryResult<()>>)> {
        let mut statement = pin!(async {
            let mut rows = pin!(self.bind(query, query.statement.as_ref()).await?);
            while self.ok(rows.try_next().await)?.is_some() {}
            Ok(count(&rows))
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
        let (counted, committed) = match first {
            Poll::Ready(counted) => (counted, commit.await),
            Poll::Pending => join(statement, commit).await,
        };
        Ok((counted, Some(committed)))
    }
}
