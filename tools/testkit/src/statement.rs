//! Diesel's statements, for tests of crates that may know no connection.

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl};

use crate::TestDatabase;

/// A connection of a test.
#[expect(missing_debug_implementations, reason = "Diesel's connection has none")]
pub struct Session(AsyncPgConnection);

impl Session {
    /// Runs a statement, and gives the number of rows that it changed.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn run<S>(&mut self, statement: S) -> QueryResult<usize>
    where
        S: QueryFragment<Pg> + QueryId + Send,
    {
        statement.execute(&mut self.0).await
    }
}

impl TestDatabase {
    /// A connection straight to the server, whatever this run's [`Route`](crate::Route): no code under test is on the way.
    ///
    /// # Panics
    /// Where the database cannot be reached.
    pub async fn session(&self) -> Session {
        let connection = AsyncPgConnection::establish(self.direct_url()).await;
        #[expect(
            clippy::expect_used,
            reason = "a test without its database cannot go on"
        )]
        Session(connection.expect("the test's database must be reachable"))
    }

    /// Runs a statement in a [session](Self::session) of its own.
    ///
    /// # Errors
    /// What PostgreSQL says.
    ///
    /// # Panics
    /// Where the database cannot be reached.
    pub async fn execute<S>(&self, statement: S) -> QueryResult<usize>
    where
        S: QueryFragment<Pg> + QueryId + Send,
    {
        self.session().await.run(statement).await
    }
}
