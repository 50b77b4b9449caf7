//! The rows of an answer.
//!
//! A small answer is read to its end before the first row is given out, so that a caller who takes
//! one row and drops the rest leaves nothing behind. A large one is given out as it comes, so that
//! it need not fit into memory.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
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
/// For how many rows there is room at once, where there is more than one.
const LIST: usize = 16;

type Rest = Pin<Box<RowStream>>;

/// The rows of a query.
pub struct Rows<'conn> {
    first: FirstRows,
    // Boxed, since an answer is moved about, and a large one is rare.
    rest: Option<Box<Coming<'conn>>>,
}

/// Rows that have come in. Most answers have one, which needs no list.
#[derive(Default)]
pub(super) enum FirstRows {
    #[default]
    None,
    One(tokio_postgres::Row),
    Many {
        rows: Arc<Vec<tokio_postgres::Row>>,
        given: usize,
    },
}

impl FirstRows {
    fn many(rows: Vec<tokio_postgres::Row>) -> Self {
        let rows = Arc::new(rows);
        Self::Many { rows, given: 0 }
    }

    fn pop(&mut self) -> Option<Row> {
        let row = match self {
            Self::Many { rows, given } if *given + 1 < rows.len() => {
                let row = Row::among(rows, *given);
                *given += 1;
                return Some(row);
            }
            Self::Many { rows, given } => Row::among(rows, *given),
            Self::One(_) | Self::None => match std::mem::take(self) {
                Self::One(row) => return Some(Row::alone(row)),
                _ => return None,
            },
        };
        *self = Self::None;
        Some(row)
    }

    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(_) => 1,
            Self::Many { rows, given } => rows.len() - given,
        }
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
        // Most answers have one row, or none.
        let Some(row) = self.ok(rows.try_next().await)? else {
            return Ok(Begun::whole(FirstRows::None));
        };
        let mut bytes = row.raw_size_bytes() + ROW_OVERHEAD;
        let Some(second) = self.ok(rows.try_next().await)? else {
            return Ok(Begun::whole(FirstRows::One(row)));
        };
        bytes += second.raw_size_bytes() + ROW_OVERHEAD;
        let mut first = Vec::with_capacity(LIST);
        first.extend([row, second]);
        while bytes < SMALL {
            let Some(row) = self.ok(rows.try_next().await)? else {
                return Ok(Begun::whole(FirstRows::many(first)));
            };
            bytes += row.raw_size_bytes() + ROW_OVERHEAD;
            first.push(row);
        }
        Ok(Begun {
            first: FirstRows::many(first),
            rest: Some(rows),
        })
    }
}

impl Begun {
    fn whole(first: FirstRows) -> Self {
        Self { first, rest: None }
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
            return Poll::Ready(Some(Ok(row)));
        }
        let Some(rest) = &mut this.rest else {
            return Poll::Ready(None);
        };
        let row = ready!(rest.poll_row(context));
        Poll::Ready(row.map(|row| row.map(Row::alone)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let first = self.first.len();
        (first, self.rest.is_none().then_some(first))
    }
}
