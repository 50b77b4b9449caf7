//! A statement goes out, its answer comes in.
//!
//! What is seldom needed is boxed, and so is what is large, so that the futures of each statement
//! stay small: they are moved, and allocations of more than a kilobyte are slow.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use diesel::connection::{InstrumentationEvent, StrQueryHelper};
use diesel::result::{Error as DieselError, QueryResult};
use futures_util::TryStreamExt;
use futures_util::future::join;
use tokio_postgres::{RowStream, Statement};

use super::Connection;
use super::custom_types::{LookupFailure, UnknownTypes};
use super::pooler::StatementMode;
use super::query::Query;
use super::rows::{Begun, Rows};
use super::running::{Running, Text};
use crate::PostgresError;

/// The server will not run a prepared statement any more: the columns of its answer have changed
/// type (the message calls it "cached plan must not change result type"), or someone has
/// deallocated it.
const STALE_STATEMENT: [&str; 2] = ["0A000", "26000"];
/// The server does not know a type's OID any more: the type was dropped, and perhaps made anew.
const STALE_TYPE: [&str; 2] = ["42704", "XX000"];

impl Connection {
    /// Runs `query` to its end and gives the number of rows that it concerned.
    #[expect(clippy::manual_async_fn, reason = "it would hold `query` twice")]
    pub(super) fn execute(
        &mut self,
        mut query: Query,
    ) -> impl Future<Output = QueryResult<usize>> + Send {
        async move {
            self.check_usable()?;
            let first = self.first_of_loan();
            self.replace_where_closed(first.as_ref()).await;
            let mut result = self.execute_once(&mut query).await;
            if let (Err(error), Some(first)) = (&result, &first)
                && self.can_repeat(first, &query, error)
                && Box::pin(self.replace(first)).await.is_ok()
            {
                query.forget_statement();
                result = Box::pin(self.execute_once(&mut query)).await;
            }
            self.room.take_back(&mut query);
            result
        }
    }

    async fn execute_once(&mut self, query: &mut Query) -> QueryResult<usize> {
        let mut running = Running::start(&self.session, &query.sql);
        let limit = self.statement_timeout;
        let result = {
            let work = pin!(async {
                let mut rows = pin!(self.send(query).await?);
                while self.ok(rows.try_next().await)?.is_some() {}
                Ok(count(&rows))
            });
            running.wait(limit, work).await
        };
        self.finish(running, query, result.as_ref().err());
        result
    }

    /// Runs `query` until its rows come in.
    #[expect(clippy::manual_async_fn, reason = "it would hold `query` twice")]
    pub(super) fn load(
        &mut self,
        mut query: Query,
    ) -> impl Future<Output = QueryResult<Rows<'_>>> + Send {
        async move {
            self.check_usable()?;
            let first = self.first_of_loan();
            self.replace_where_closed(first.as_ref()).await;
            let mut result = self.load_once(&mut query).await;
            if let (Err(error), Some(first)) = (&result, &first)
                && self.can_repeat(first, &query, error)
                && Box::pin(self.replace(first)).await.is_ok()
            {
                query.forget_statement();
                result = Box::pin(self.load_once(&mut query)).await;
            }
            let (rows, running) = result?;
            match rows.rest {
                None => {
                    self.finish(running, &query, None);
                    self.room.take_back(&mut query);
                    Ok(Rows::whole(rows.first))
                }
                Some(rest) => Ok(Rows::begun(rows.first, rest, self, running, query)),
            }
        }
    }

    async fn load_once(&mut self, query: &mut Query) -> QueryResult<(Begun, Running)> {
        let mut running = Running::start(&self.session, &query.sql);
        let limit = self.statement_timeout;
        let begun = {
            let work = pin!(async {
                let rows = Box::pin(self.send(query).await?);
                self.read_first(rows).await
            });
            running.wait(limit, work).await
        };
        match begun {
            Ok(begun) => Ok((begun, running)),
            Err(error) => {
                self.finish(running, query, Some(&error));
                Err(error)
            }
        }
    }

    /// Sends `sql` by the simple protocol: several commands at once, no values, no rows.
    ///
    /// `name` is what the observer is told: a text that does not vary with numbers in `sql`.
    pub(super) async fn run_simple(&mut self, name: impl Into<Text>, sql: &str) -> QueryResult<()> {
        self.loan.statement_sent();
        self.loan.is_used();
        let mut running = Running::start(&self.session, name);
        let result = {
            let work = pin!(async { self.ok(self.client.batch_execute(sql).await) });
            running.wait(self.statement_timeout, work).await
        };
        running.finish(result.as_ref().err());
        if let Err(error) = &result {
            self.transaction.note(error);
        }
        result
    }

    /// Sends a BEGIN that has been waiting for a statement.
    pub(super) async fn send_waiting_begin(&mut self) -> QueryResult<()> {
        let Some(begin) = self.transaction.take_begin() else {
            return Ok(());
        };
        let result = self.run_simple(&begin, &begin).await;
        if result.is_err() {
            self.transaction.begin_failed();
        }
        result
    }

    /// What must be known of the end of a statement.
    pub(super) fn finish(&mut self, running: Running, query: &Query, error: Option<&DieselError>) {
        running.finish(error);
        if let Some(error) = error {
            self.transaction.note(error);
            if query.has_custom_types && may_be_stale_type(error) {
                self.custom_types.forget();
            }
            if self.is_unknown_type(error) {
                // To be replaced by one that knows it.
                self.transaction.status.set_in_error();
            }
        }
        self.event(InstrumentationEvent::finish_query(
            &StrQueryHelper::new(&query.sql),
            error,
        ));
    }

    /// Whether the driver may have failed to look a column's type up, which it does after the server has run the statement.
    pub(super) fn is_unknown_type(&self, error: &DieselError) -> bool {
        self.mode == StatementMode::Unnamed
            && PostgresError::of(error).is_some_and(|error| error.is_of_look_up())
    }

    /// Sends the statement, after or with a BEGIN that waits for it, and gives its rows as soon as
    /// the server accepts it.
    pub(super) async fn send(&mut self, query: &mut Query) -> QueryResult<RowStream> {
        if query.statement.is_none() || self.transaction.has_waiting_begin() {
            return Box::pin(self.send_in_steps(query)).await;
        }
        // Nearly always, the statement was prepared earlier, and goes out as it is.
        let sent = self.bind(query, query.statement.as_ref()).await;
        match sent {
            Err(error) if is_stale(query, &error) => Box::pin(self.send_anew(query, error)).await,
            sent => sent,
        }
    }

    async fn send_in_steps(&mut self, query: &mut Query) -> QueryResult<RowStream> {
        if !query.unknown_types.is_empty() {
            Box::pin(self.resolve_types_of(query)).await?;
        }
        match self.transaction.take_begin() {
            Some(begin) => self.send_with_begin(&begin, query).await,
            None => match self.send_once(query).await {
                Err(error) if is_stale(query, &error) => self.send_anew(query, error).await,
                sent => sent,
            },
        }
    }

    async fn send_with_begin(
        &mut self,
        begin: &Arc<str>,
        query: &mut Query,
    ) -> QueryResult<RowStream> {
        let running = Running::start(&self.session, begin);
        let begin = async { self.ok(self.client.batch_execute(begin).await) };
        // Before anything but a plain SELECT, only the Parse travels with BEGIN: it changes
        // nothing.
        let (begun, sent) = match query.is_plain_select() {
            true => {
                let both = async {
                    let statement = self.prepare(query).await?;
                    let rows = self.bind(query, statement.as_ref()).await?;
                    Ok((statement, Some(rows)))
                };
                join(begin, both).await
            }
            false => {
                let parse = async { Ok((self.prepare(query).await?, None)) };
                join(begin, parse).await
            }
        };
        running.finish(begun.as_ref().err());
        if let Err(error) = begun {
            self.transaction.begin_failed();
            return Err(error);
        }
        let (statement, rows) = sent.inspect_err(|error| self.forget_where_stale(query, error))?;
        let rows = match rows {
            Some(rows) => rows,
            None => self
                .bind(query, statement.as_ref())
                .await
                .inspect_err(|error| self.forget_where_stale(query, error))?,
        };
        self.remember(query, statement);
        Ok(rows)
    }

    /// Prepares a statement anew that turned out to be stale, and sends it once more, unless it has
    /// taken a transaction down with it. It was refused at its Bind, before it did anything.
    async fn send_anew(&mut self, query: &mut Query, error: DieselError) -> QueryResult<RowStream> {
        self.forget_where_stale(query, &error);
        match self.transaction.is_idle() {
            true => self.send_once(query).await,
            false => Err(error),
        }
    }

    async fn send_once(&mut self, query: &mut Query) -> QueryResult<RowStream> {
        let statement = self.prepare(query).await?;
        let rows = self.bind(query, statement.as_ref()).await?;
        self.remember(query, statement);
        Ok(rows)
    }

    /// The prepared statement; none where statements go out without a name.
    async fn prepare(&self, query: &Query) -> QueryResult<Option<Statement>> {
        match (&query.statement, self.mode) {
            (Some(statement), _) => Ok(Some(statement.clone())),
            (None, StatementMode::Unnamed) => Ok(None),
            (None, StatementMode::Named) => {
                let types = query.types();
                let prepared = Box::pin(self.client.prepare_typed(&query.sql, &types)).await;
                self.ok(prepared).map(Some)
            }
        }
    }

    pub(super) async fn bind(
        &self,
        query: &Query,
        statement: Option<&Statement>,
    ) -> QueryResult<RowStream> {
        if let Some(statement) = statement {
            check_count(statement.params().len(), query.values.len())?;
        }
        self.loan.statement_sent();
        let rows = match statement {
            // Holds what the driver would need to prepare a statement, too.
            Some(statement) => {
                let rows = Box::pin(self.client.query_raw(statement, query.values()));
                rows.await
            }
            None => {
                let values = query.typed_values();
                Box::pin(self.client.query_typed_raw(&query.sql, values)).await
            }
        };
        if let Err(error) = &rows {
            self.loan
                .statement_refused(error, self.session.socket.end());
        }
        self.ok(rows)
    }

    fn remember(&mut self, query: &mut Query, statement: Option<Statement>) {
        let is_worth_it = self.mode == StatementMode::Named || query.is_known_by_type();
        if query.is_cached || !is_worth_it {
            return;
        }
        let sql = Arc::clone(&query.sql);
        self.statements
            .insert(query.key(), &query.oids, sql, statement);
        query.is_cached = true;
        self.event(InstrumentationEvent::cache_query(&query.sql));
    }

    /// What was prepared before and is refused now must not be used again.
    pub(super) fn forget_where_stale(&mut self, query: &mut Query, error: &DieselError) {
        if is_stale(query, error) {
            self.statements.remove(query.key(), &query.oids);
            query.statement = None;
            query.is_cached = false;
        }
    }

    async fn resolve_types_of(&mut self, query: &mut Query) -> QueryResult<()> {
        let unknown = std::mem::take(&mut query.unknown_types);
        let resolved = self
            .resolve_types(unknown, &mut query.oids, &mut query.values)
            .await;
        query.is_without_types = resolved.is_err();
        resolved
    }

    pub(super) async fn resolve_types(
        &mut self,
        unknown: UnknownTypes,
        oids: &mut [u32],
        values: &mut [Option<Vec<u8>>],
    ) -> QueryResult<()> {
        let resolved = unknown
            .resolve(&self.client, &self.custom_types, oids, values)
            .await;
        resolved.map_err(|failure| match failure {
            LookupFailure::Driver(error) => self.session.error(&error),
            LookupFailure::NoSuchType(unknown) => {
                DieselError::SerializationError(Box::new(unknown))
            }
        })
    }

    /// The driver's result with Diesel's error.
    pub(super) fn ok<T>(&self, result: Result<T, tokio_postgres::Error>) -> QueryResult<T> {
        result.map_err(|error| self.session.error(&error))
    }
}

/// How many rows a statement concerned.
pub(super) fn count(rows: &RowStream) -> usize {
    let count = rows.rows_affected().unwrap_or(0);
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Whether a type's OID may have been the reason. Where the driver asks for it in vain, it gives an
/// error of its own.
fn may_be_stale_type(error: &DieselError) -> bool {
    PostgresError::of(error).is_some_and(|error| match &error.sqlstate {
        Some(sqlstate) => STALE_TYPE.contains(&&**sqlstate),
        None => true,
    })
}

/// Only a statement that was prepared earlier can be stale.
fn is_stale(query: &Query, error: &DieselError) -> bool {
    query.statement.is_some() && is_one_of(error, STALE_STATEMENT)
}

fn is_one_of(error: &DieselError, sqlstates: [&str; 2]) -> bool {
    PostgresError::of(error).is_some_and(|error| sqlstates.iter().any(|state| error.is(state)))
}

/// The driver would give an error that nothing tells apart from a lost connection.
fn check_count(placeholders: usize, values: usize) -> QueryResult<()> {
    if placeholders == values {
        return Ok(());
    }
    let text =
        format!("the statement has {placeholders} placeholders, and {values} values are bound");
    Err(DieselError::QueryBuilderError(text.into()))
}
