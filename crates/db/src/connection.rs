//! A connection: Diesel's queries on tokio-postgres, watched from start to end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::{CacheSize, Instrumentation};
use diesel::pg::{Pg, PgQueryBuilder};
use diesel::query_builder::{AsQuery, QueryBuilder, QueryFragment, QueryId};
use diesel::result::{ConnectionError, ConnectionResult, QueryResult};
use diesel_async::pooled_connection::PoolableConnection;
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncConnectionCore, AsyncPgConnection,
    SimpleAsyncConnection, TransactionManager,
};
use futures_util::future::BoxFuture;
use futures_util::{TryStreamExt, stream};

use crate::Observer;
use crate::savepoint::Savepoints;
use crate::session::{Running, Session};
use crate::tls::Connector;

/// A connection to PostgreSQL. Every query of Diesel runs on it by [`diesel_async::RunQueryDsl`].
///
/// - A statement that takes longer than the connection's limit ends with
///   [`DbError::StatementTimeout`](crate::DbError::StatementTimeout).
/// - A statement whose future is dropped, or whose limit passes, is cancelled on the server, and
///   the pool closes the connection instead of handing it on. So it does with a connection whose
///   transaction is still open.
/// - All rows of a query have arrived when its future resolves, also for `load_stream`; read large
///   results in pages.
/// - `transaction` (of [`AsyncConnection`]) nests by savepoints. It fails with
///   [`DbError::TransactionAborted`](crate::DbError::TransactionAborted) where a statement failed
///   and the closure returned `Ok` all the same: PostgreSQL would answer such a COMMIT with a
///   rollback, and no error.
///
/// A transaction begun by SQL text (`BEGIN` through `sql_query` or `batch_execute`) is not seen:
/// clippy.toml bans these.
pub struct Connection {
    inner: AsyncPgConnection,
    session: Arc<Session>,
    statement_timeout: Option<Duration>,
}

impl Connection {
    pub(crate) fn new(
        inner: AsyncPgConnection,
        connector: Connector,
        server_version: String,
        statement_timeout: Option<Duration>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let session = Session::new(observer, inner.cancel_token(), connector, server_version);
        Self {
            inner,
            session: Arc::new(session),
            statement_timeout,
        }
    }

    /// The server's version as it tells it, such as `15.14 (Debian 15.14-0+deb12u1)`.
    #[must_use]
    pub fn server_version(&self) -> &str {
        self.session.server_version()
    }

    /// Replaces the limit of the following statements and gives back the one before; none is no
    /// limit.
    pub(crate) fn replace_statement_timeout(
        &mut self,
        limit: Option<Duration>,
    ) -> Option<Duration> {
        std::mem::replace(&mut self.statement_timeout, limit)
    }

    /// Whether the next user would find anything but a fresh session: a lost connection, a
    /// statement still running, a transaction still open. Asks nobody, so it takes no time.
    pub(crate) fn is_broken(&mut self) -> bool {
        // Not left to PoolableConnection alone: that one keeps a connection with an open test
        // transaction.
        let in_transaction = !matches!(self.depth(), Ok(0));
        self.session.has_unfinished() || in_transaction || self.inner.is_broken()
    }

    /// How many transactions and savepoints are open.
    pub(crate) fn depth(&mut self) -> QueryResult<u32> {
        AnsiTransactionManager::transaction_manager_status_mut(&mut self.inner)
            .transaction_depth()
            .map(|depth| depth.map_or(0, |depth| depth.get()))
    }

    pub(crate) fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Runs `work` on the connection below as the statement that is called `statement`, within the
    /// limit.
    pub(crate) async fn run_below<R>(
        &mut self,
        statement: &str,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> QueryResult<R>,
    ) -> QueryResult<R> {
        let depth = self.depth()?;
        let session = Arc::clone(&self.session);
        let work = work(&mut self.inner);
        Running::run(session, depth, self.statement_timeout, statement, work).await
    }

    pub(crate) fn below(&mut self) -> &mut AsyncPgConnection {
        &mut self.inner
    }
}

/// Adds to a statement's future what [`Session`] must see of it. The statement starts at the first
/// poll.
fn watch<'conn, R: Send + 'conn>(
    session: &Arc<Session>,
    depth: QueryResult<u32>,
    limit: Option<Duration>,
    statement: String,
    work: impl Future<Output = QueryResult<R>> + Send + 'conn,
) -> BoxFuture<'conn, QueryResult<R>> {
    let session = Arc::clone(session);
    Box::pin(
        async move { Running::run(session, depth.unwrap_or(0), limit, &statement, work).await },
    )
}

/// The SQL text of a query: placeholders, no values.
fn statement_text(query: &impl QueryFragment<Pg>) -> String {
    let mut builder = PgQueryBuilder::default();
    match query.to_sql(&mut builder, &Pg) {
        Ok(()) => builder.finish(),
        // The driver will meet the same error, and report it.
        Err(_) => String::new(),
    }
}

impl SimpleAsyncConnection for Connection {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the door itself; whoever goes through it needs an exemption of their own"
    )]
    async fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.run_below(query, async |inner| inner.batch_execute(query).await)
            .await
    }
}

type InnerRow<'conn, 'query> = <AsyncPgConnection as AsyncConnectionCore>::Row<'conn, 'query>;

impl AsyncConnectionCore for Connection {
    type ExecuteFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<usize>>;
    type LoadFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<Self::Stream<'conn, 'query>>>;
    type Stream<'conn, 'query> =
        stream::Iter<std::vec::IntoIter<QueryResult<InnerRow<'conn, 'query>>>>;
    type Row<'conn, 'query> = InnerRow<'conn, 'query>;
    type Backend = Pg;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> Self::LoadFuture<'conn, 'query>
    where
        T: AsQuery + 'query,
        T::Query: QueryFragment<Pg> + QueryId + 'query,
    {
        let query = source.as_query();
        let statement = statement_text(&query);
        let depth = self.depth();
        let load = self.inner.load(Built::<T>(query));
        let rows = async move {
            // To the end, so that the statement's end, its error and its time are known, and so
            // that nothing is left running where a caller takes the first row and drops the rest.
            let rows: Vec<_> = load.await?.try_collect().await?;
            let rows: Vec<_> = rows.into_iter().map(Ok).collect();
            Ok(stream::iter(rows))
        };
        watch(
            &self.session,
            depth,
            self.statement_timeout,
            statement,
            rows,
        )
    }

    fn execute_returning_count<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> Self::ExecuteFuture<'conn, 'query>
    where
        T: QueryFragment<Pg> + QueryId + 'query,
    {
        let statement = statement_text(&source);
        let depth = self.depth();
        let execute = self.inner.execute_returning_count(source);
        watch(
            &self.session,
            depth,
            self.statement_timeout,
            statement,
            execute,
        )
    }
}

/// A query that has been built from `T` already.
struct Built<T: AsQuery>(T::Query);

impl<T: AsQuery> AsQuery for Built<T> {
    type SqlType = T::SqlType;
    type Query = T::Query;

    fn as_query(self) -> Self::Query {
        self.0
    }
}

impl AsyncConnection for Connection {
    type TransactionManager = Savepoints;

    /// Refuses: a connection comes from [`Database`](crate::Database), which knows TLS and limits.
    async fn establish(_database_url: &str) -> ConnectionResult<Self> {
        Err(ConnectionError::BadConnection(
            "connections of axis-db come from Database::primary() or Database::direct()".to_owned(),
        ))
    }

    fn transaction_state(&mut self) -> &mut AnsiTransactionManager {
        self.inner.transaction_state()
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.inner.instrumentation()
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.inner.set_instrumentation(instrumentation);
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.inner.set_prepared_statement_cache_size(size);
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Connection")
            .field("server_version", &self.server_version())
            .field("statement_timeout", &self.statement_timeout)
            .finish_non_exhaustive()
    }
}
