//! Diesel's statements, for tests of crates that may know no connection.

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use crate::TestDatabase;

impl TestDatabase {
    /// Runs a statement on a connection of its own, and gives the number of rows that it changed. It goes straight to the
    /// server, whatever this run's [`Route`](crate::Route): no code under test is on the way.
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
        let connection = AsyncPgConnection::establish(self.direct_url()).await;
        #[expect(
            clippy::expect_used,
            reason = "a test without its database cannot go on"
        )]
        let mut connection = connection.expect("the test's database must be reachable");
        statement.execute(&mut connection).await
    }
}
