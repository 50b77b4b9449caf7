//! The traits by which diesel-async knows a connection. Each method hands over to the modules
//! beside this one.

use diesel::AsChangeset;
use diesel::associations::Identifiable;
use diesel::connection::{CacheSize, Instrumentation, InstrumentationEvent, StrQueryHelper};
use diesel::pg::Pg;
use diesel::query_builder::{AsQuery, IntoUpdateTarget, QueryFragment, QueryId, UpdateStatement};
use diesel::query_dsl::methods::FindDsl;
use diesel::result::{ConnectionError, ConnectionResult, QueryResult};
use diesel_async::methods::LoadQuery;
use diesel_async::pooled_connection::PoolableConnection;
use diesel_async::{
    AsyncConnection, AsyncConnectionCore, RunQueryDsl, SimpleAsyncConnection, UpdateAndFetchResults,
};
use futures_util::future::{BoxFuture, ready};

use super::Connection;
use super::pooler::StatementMode;
use super::query::Query;
use super::row::Row;
use super::rows::Rows;
use super::transactions::{TransactionState, Transactions};

impl Connection {
    /// Takes a query apart, at once and not when its future is polled.
    pub(super) fn read(
        &mut self,
        query: &dyn QueryFragment<Pg>,
        type_id: Option<std::any::TypeId>,
    ) -> QueryResult<Query> {
        Query::read(
            query,
            type_id,
            &self.custom_types,
            &mut self.statements,
            &mut self.room,
        )
    }

    pub(super) fn started<T: QueryFragment<Pg>>(&mut self, query: &T) {
        if self.instrumentation_mut().is_some() {
            let query = diesel::debug_query::<Pg, _>(query);
            self.event(InstrumentationEvent::start_query(&query));
        }
    }
}

impl SimpleAsyncConnection for Connection {
    async fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.check_usable()?;
        let text = StrQueryHelper::new(query);
        self.event(InstrumentationEvent::start_query(&text));
        let result = match self.send_waiting_begin().await {
            Ok(()) => self.run_simple(query.to_owned(), query).await,
            Err(error) => Err(error),
        };
        let error = result.as_ref().err();
        self.event(InstrumentationEvent::finish_query(&text, error));
        result
    }
}

impl AsyncConnectionCore for Connection {
    type ExecuteFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<usize>>;
    type LoadFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<Rows<'conn>>>;
    type Stream<'conn, 'query> = Rows<'conn>;
    type Row<'conn, 'query> = Row;
    type Backend = Pg;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> Self::LoadFuture<'conn, 'query>
    where
        T: AsQuery + 'query,
        T::Query: QueryFragment<Pg> + QueryId + 'query,
    {
        let query = source.as_query();
        self.started(&query);
        match self.read(&query, T::Query::query_id()) {
            Ok(query) if self.transaction.commits_with_next() => {
                Box::pin(self.load_and_commit(query))
            }
            Ok(query) => Box::pin(self.load(query)),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    fn execute_returning_count<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> Self::ExecuteFuture<'conn, 'query>
    where
        T: QueryFragment<Pg> + QueryId + 'query,
    {
        self.started(&source);
        match self.read(&source, T::query_id()) {
            Ok(query) if self.transaction.commits_with_next() => {
                Box::pin(self.execute_and_commit(query))
            }
            Ok(query) => Box::pin(self.execute(query)),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }
}

impl AsyncConnection for Connection {
    type TransactionManager = Transactions;

    /// Refuses: a connection comes from [`Database`](crate::Database), which knows TLS and limits.
    async fn establish(_database_url: &str) -> ConnectionResult<Self> {
        Err(ConnectionError::BadConnection(
            "connections of axis-db come from Database::primary() or Database::direct()".to_owned(),
        ))
    }

    fn transaction_state(&mut self) -> &mut TransactionState {
        &mut self.transaction
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.instrumentation_mut()
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        *self.instrumentation_mut() = Some(Box::new(instrumentation));
    }

    /// With the cache disabled, statements go out without a name. The bound of the cache is not
    /// Diesel's to say.
    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.statements.clear();
        self.mode = match size {
            CacheSize::Disabled => StatementMode::Unnamed,
            _ => StatementMode::Named,
        };
    }
}

impl PoolableConnection for Connection {
    fn is_broken(&mut self) -> bool {
        Connection::is_broken(self)
    }
}

impl<'query, Changes, Output, Table, Filter> UpdateAndFetchResults<Changes, Output> for Connection
where
    Output: Send + 'static,
    Changes: Copy + AsChangeset<Target = Table> + Send + Identifiable<Table = Table>,
    Changes::Changeset: Send + 'query,
    Table: diesel::Table + FindDsl<Changes::Id> + 'query,
    Table::FromClause: Send,
    Filter: Send + 'query,
    diesel::dsl::Find<Table, Changes::Id>: IntoUpdateTarget<Table = Table, WhereClause = Filter>,
    UpdateStatement<Table, Filter, Changes::Changeset>: AsQuery,
    diesel::dsl::Update<Changes, Changes>: LoadQuery<'query, Self, Output>,
{
    fn update_and_fetch<'conn, 'changes>(
        &'conn mut self,
        changeset: Changes,
    ) -> BoxFuture<'changes, QueryResult<Output>>
    where
        Changes: 'changes,
        'conn: 'changes,
        Self: 'changes,
    {
        Box::pin(async move {
            diesel::update(changeset)
                .set(changeset)
                .get_result(self)
                .await
        })
    }
}
