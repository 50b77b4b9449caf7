//! The rows of an answer.
//!
//! A small answer is read to its end before the first row is given out, so that a caller who takes
//! one row and drops the rest leaves nothing behind. A large one is given out as it comes, so that
//! it need not fit into memory.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use diesel::result::{Error as DieselError, QueryResult};
use futures_util::{Stream, TryStreamExt};
use tokio::time::{Sleep, sleep};
use tokio_postgres::RowStream;

use super::Connection;
use super::query::Query;
use super::row::Row;
use super::running::Running;
use crate::error::StatementDeadline;

/// An answer that takes up less memory is small, in bytes.
const SMALL: usize = 1024 * 1024;
/// What a row takes up beside its values.
const ROW_OVERHEAD: usize = 128;

type Rest = Pin<Box<RowStream>>;

/// The rows of a query.
pub struct Rows<'conn> {
    first: FirstRows,
    // Boxed, since an answer is moved about, and a large one is rare.
    rest: Option<Box<Coming<'conn>>>,
}

/// Rows that have come in. Most answers have one, which needs no list.
#[derive(Default)]
pub(super) struct FirstRows {
    next: Option<tokio_postgres::Row>,
    others: VecDeque<tokio_postgres::Row>,
}

impl FirstRows {
    pub(super) fn push(&mut self, row: tokio_postgres::Row) {
        match self.next {
            None => self.next = Some(row),
            Some(_) => self.others.push_back(row),
        }
    }

    fn pop(&mut self) -> Option<tokio_postgres::Row> {
        let next = self.next.take();
        self.next = self.others.pop_front();
        next
    }

    fn len(&self) -> usize {
        usize::from(self.next.is_some()) + self.others.len()
    }
}

/// Rows that the server is still sending. Dropped before their end, the statement is cancelled.
struct Coming<'conn> {
    rows: Rest,
    connection: &'conn mut Connection,
    /// None once the statement has ended.
    running: Option<Running>,
    query: Query,
    /// How long each row may let wait for it, and the clock of the one that does.
    limit: Option<Duration>,
    clock: Option<Pin<Box<Sleep>>>,
}

/// The rows that have come in, and where the others come from.
pub(super) struct Begun {
    pub(super) first: FirstRows,
    pub(super) rest: Option<Rest>,
}

impl Connection {
    /// Reads until the answer has ended or has proved to be large. Two rows at least: whoever wants
    /// one gets the end too.
    pub(super) async fn read_first(&self, mut rows: Rest) -> QueryResult<Begun> {
        let mut first = FirstRows::default();
        let mut bytes = 0;
        while let Some(row) = self.ok(rows.try_next().await)? {
            bytes += row.raw_size_bytes() + ROW_OVERHEAD;
            first.push(row);
            if bytes >= SMALL && first.len() > 1 {
                let rest = Some(rows);
                return Ok(Begun { first, rest });
            }
        }
        Ok(Begun { first, rest: None })
    }
}

impl<'conn> Rows<'conn> {
    pub(super) fn whole(first: FirstRows) -> Self {
        Self { first, rest: None }
    }

    pub(super) fn begun(
        first: FirstRows,
        rest: Rest,
        connection: &'conn mut Connection,
        running: Running,
        query: Query,
    ) -> Self {
        let limit = connection.statement_timeout;
        Self {
            first,
            rest: Some(Box::new(Coming {
                rows: rest,
                connection,
                running: Some(running),
                query,
                limit,
                clock: None,
            })),
        }
    }
}

impl Rows<'_> {
    /// Reads those that have not come in yet, too.
    pub(super) async fn read_all(mut self) -> QueryResult<FirstRows> {
        let mut rows = std::mem::take(&mut self.first);
        if let Some(rest) = &mut self.rest {
            while let Some(row) = poll_fn(|context| rest.poll_row(context)).await {
                rows.push(row?);
            }
        }
        Ok(rows)
    }
}

impl Coming<'_> {
    fn poll_row(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<QueryResult<tokio_postgres::Row>>> {
        if self.running.is_none() {
            return Poll::Ready(None);
        }
        let socket = &self.connection.session.socket;
        let rows = &mut self.rows;
        let polled = socket.poll_with(context, |context| rows.as_mut().poll_next(context));
        let row = match polled {
            Poll::Ready(row) => row,
            Poll::Pending => {
                let error = ready!(self.poll_limit(context));
                self.end(Some(&error));
                return Poll::Ready(Some(Err(error)));
            }
        };
        self.clock = None;
        Poll::Ready(match row {
            Some(Ok(row)) => Some(Ok(row)),
            Some(Err(error)) => {
                let error = self.connection.session.error(&error);
                self.end(Some(&error));
                Some(Err(error))
            }
            None => {
                self.end(None);
                None
            }
        })
    }

    fn poll_limit(&mut self, context: &mut Context<'_>) -> Poll<DieselError> {
        let Some(limit) = self.limit else {
            return Poll::Pending;
        };
        let clock = self.clock.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(clock.as_mut().poll(context));
        Poll::Ready(StatementDeadline { limit }.into())
    }

    fn end(&mut self, error: Option<&DieselError>) {
        if let Some(running) = self.running.take() {
            self.connection.finish(running, &self.query, error);
        }
    }
}

impl Stream for Rows<'_> {
    type Item = QueryResult<Row>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Some(row) = this.first.pop() {
            return Poll::Ready(Some(Ok(Row::new(row))));
        }
        let Some(rest) = &mut this.rest else {
            return Poll::Ready(None);
        };
        let row = ready!(rest.poll_row(context));
        Poll::Ready(row.map(|row| row.map(Row::new)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let first = self.first.len();
        (first, self.rest.is_none().then_some(first))
    }
}
