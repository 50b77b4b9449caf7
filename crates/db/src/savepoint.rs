//! Transactions on a connection, nested by savepoints.

use diesel::connection::TransactionManagerStatus;
use diesel::result::{Error, QueryResult};
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, TransactionManager};

use crate::connection::Connection;
use crate::error::StatementFailedBefore;

/// Diesel's own transaction manager on the connection below, with each of its statements watched,
/// and without its gap: where a statement's error was not passed on, Diesel would report a
/// transaction that PostgreSQL rolled back as done.
pub struct Savepoints;

type Ansi = AnsiTransactionManager;

impl Savepoints {
    /// Begins a transaction with `sql`, which may hold `SET LOCAL` after the BEGIN.
    pub(crate) async fn begin(connection: &mut Connection, sql: &str) -> QueryResult<()> {
        connection
            .run_below(sql, async |inner| {
                Ansi::begin_transaction_sql(inner, sql).await
            })
            .await
    }
}

impl TransactionManager<Connection> for Savepoints {
    type TransactionStateData = Ansi;

    async fn begin_transaction(connection: &mut Connection) -> QueryResult<()> {
        let statement = match connection.depth()? {
            0 => "BEGIN",
            _ => "SAVEPOINT",
        };
        connection
            .run_below(statement, async |inner| {
                <Ansi as TransactionManager<AsyncPgConnection>>::begin_transaction(inner).await
            })
            .await
    }

    /// Fails with [`Error::BrokenTransactionManager`] whatever went wrong: `transaction` then hands
    /// on the error that led to the rollback. The pool closes such a connection, which rolls back
    /// as well.
    async fn rollback_transaction(connection: &mut Connection) -> QueryResult<()> {
        let depth = connection.depth()?;
        let statement = match depth {
            0 | 1 => "ROLLBACK",
            _ => "ROLLBACK TO SAVEPOINT",
        };
        connection
            .run_below(statement, async |inner| {
                <Ansi as TransactionManager<AsyncPgConnection>>::rollback_transaction(inner).await
            })
            .await
            .map_err(|_| Error::BrokenTransactionManager)?;
        connection.session().rolled_back(depth);
        Ok(())
    }

    async fn commit_transaction(connection: &mut Connection) -> QueryResult<()> {
        let depth = connection.depth()?;
        if connection.session().has_failed() || connection.session().has_unfinished() {
            // Rolled back in any case: where this fails, by the end of the connection.
            let _ = Self::rollback_transaction(connection).await;
            return Err(StatementFailedBefore.into());
        }
        let statement = match depth {
            0 | 1 => "COMMIT",
            _ => "RELEASE SAVEPOINT",
        };
        let result = connection
            .run_below(statement, async |inner| {
                <Ansi as TransactionManager<AsyncPgConnection>>::commit_transaction(inner).await
            })
            .await;
        if result.is_err() && depth <= 1 {
            // A COMMIT that fails has rolled back.
            connection.session().rolled_back(depth);
        }
        result
    }

    fn transaction_manager_status_mut(
        connection: &mut Connection,
    ) -> &mut TransactionManagerStatus {
        Ansi::transaction_manager_status_mut(connection.below())
    }

    fn is_broken_transaction_manager(connection: &mut Connection) -> bool {
        connection.is_broken()
    }
}
