//! Another session that holds what the server wants.

use axis_db::{Database, PooledConnection};
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;

use crate::support::{execute, until};

/// A transaction of another session, which the server's statements wait for.
pub(crate) struct Blocker<'a> {
    connection: PooledConnection<'a>,
}

impl<'a> Blocker<'a> {
    /// Begins a transaction with a statement.
    pub(crate) async fn begin(database: &'a Database, sql: &str) -> Self {
        let mut connection = database.primary().await.expect("a connection");
        execute(&mut connection, &format!("BEGIN; {sql}")).await;
        Self { connection }
    }

    /// Holds a user's row, so that whoever wants to change it waits.
    pub(crate) async fn of_user(database: &'a Database, id: &str) -> Self {
        Self::begin(
            database,
            &format!("SELECT id FROM users WHERE id = '{id}' FOR UPDATE"),
        )
        .await
    }

    /// Waits until another session waits for this one.
    pub(crate) async fn blocks(&mut self) {
        until("somebody waits", async || self.is_waited_for().await).await;
    }

    pub(crate) async fn is_waited_for(&mut self) -> bool {
        #[expect(
            clippy::disallowed_methods,
            reason = "the catalogs have no schema in Diesel"
        )]
        let blocks = diesel::dsl::sql::<Bool>(
            "EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))",
        );
        let blocks = diesel::select(blocks)
            .get_result(&mut *self.connection)
            .await;
        blocks.expect("an answer")
    }

    /// Ends the transaction, by COMMIT or ROLLBACK.
    pub(crate) async fn end(mut self, sql: &str) {
        execute(&mut self.connection, sql).await;
    }
}
