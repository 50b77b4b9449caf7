//! New rows that come together and go out as one INSERT, with one commit.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Instant;

use super::batch::{self, Caller, Reply, ReplyTo};
use super::{Batches, Work};
use crate::{Connection, Database, DbError, PostgresError};

/// How an [`InsertBatcher`] writes.
///
/// Both functions must do the same to a row, in one INSERT each that waits for no lock which others hold for long: a row that
/// waits lets those beside it wait too.
pub trait InsertMany: Send + Sync + 'static {
    /// What a row is made of.
    type New: Send + Sync + 'static;
    /// What comes back of it.
    type Row: Send + 'static;

    /// Writes a row.
    fn insert_one(
        connection: &mut Connection,
        new: Self::New,
    ) -> impl Future<Output = Result<Self::Row, DbError>> + Send;

    /// Writes rows, all or none, and gives as many back, in the order of `new`. Without ON CONFLICT and triggers that leave
    /// rows out, RETURNING has the order in which rows are written.
    ///
    /// Write them in the order of a unique key. Else two such statements that write the same keys, as after a form was sent
    /// twice, may wait for each other (SQLSTATE 40P01).
    fn insert_many(
        connection: &mut Connection,
        new: &[Self::New],
    ) -> impl Future<Output = Result<Vec<Self::Row>, DbError>> + Send;
}

/// Inserts rows, each in a transaction of its own, as far as its caller can tell. Those that come while all connections are in use
/// go out together: one statement, one commit, one wait for the disk.
///
/// A row takes an idle connection at once, if there is one, and goes by itself. Else it would have to wait, and others wait
/// with it.
///
/// - Nobody is told of success before the commit.
/// - Where PostgreSQL refuses the statement, nothing of it is written, whosever row was at fault. Then each row goes by
///   itself, one after the other on the same connection, and gets an error of its own, or none.
/// - Where the outcome is not known, as after a lost connection, nobody goes again, and all hear so: an error that is no
///   refusal does not say that nothing was written.
/// - A row whose future is dropped before it was sent is not written. After that it may be, and the others are.
/// - Each waits for a connection for its own time; a statement that takes longer than `DATABASE_STATEMENT_TIMEOUT` is over
///   for all.
///
/// A clone is the same one.
pub struct InsertBatcher<I: InsertMany>(Arc<Batches<Insert<I>>>);

impl<I: InsertMany> InsertBatcher<I> {
    /// The most rows that go out as one statement.
    pub const BATCH_MAX: usize = batch::MAX;

    /// Writes to the primary, on connections of the pool.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self(Batches::new(database))
    }

    /// Writes a row.
    ///
    /// # Errors
    /// Those of [`Database::primary`], of [`InsertMany::insert_one`] and, where the outcome is not known, of
    /// [`InsertMany::insert_many`]; [`DbError::ConnectionLost`] also where fewer rows came back than were written, or a
    /// function of `I` panicked.
    pub async fn insert(&self, new: I::New) -> Result<I::Row, DbError> {
        let started = Instant::now();
        if let Some(connection) = self.0.idle_connection(started).await {
            return I::insert_one(&mut *connection?, new).await;
        }
        match self.0.join((), new, started).await {
            Some(Reply::Answer(row)) => row,
            Some(Reply::Alone(new)) => {
                let mut connection = self.0.connection(started).await?;
                I::insert_one(&mut connection, new).await
            }
            // It may have been sent.
            None => Err(unknown("the task that was to write the row panicked")),
        }
    }
}

/// Rows as one statement.
struct Insert<I>(PhantomData<I>);

impl<I: InsertMany> Work for Insert<I> {
    type Group = ();
    type Item = I::New;
    type Answer = I::Row;

    async fn send(connection: &mut Connection, (): (), mut callers: Vec<Caller<I::New, I::Row>>) {
        if callers.len() == 1
            && let Some(caller) = callers.pop()
        {
            let (new, to) = caller.apart();
            return to.answer(I::insert_one(connection, new).await);
        }
        let (new, to): (Vec<_>, Vec<_>) = callers.into_iter().map(Caller::apart).unzip();
        match I::insert_many(connection, &new).await {
            Ok(rows) if rows.len() == to.len() => {
                for (to, row) in to.into_iter().zip(rows) {
                    to.answer(Ok(row));
                }
            }
            Ok(_) => fail(to, || unknown("not every row came back")),
            Err(error) if error.is_refusal() => {
                one_by_one::<I>(connection, new.into_iter().zip(to)).await;
            }
            Err(error) => fail(to, || error.retell()),
        }
    }
}

/// Writes each row by itself, on the connection that all have waited for. After an error that is not the row's own, such as a
/// lost connection or a statement that took too long, those behind it take connections of their own.
async fn one_by_one<I: InsertMany>(
    connection: &mut Connection,
    rows: impl Iterator<Item = (I::New, ReplyTo<I::New, I::Row>)> + Send,
) {
    let mut is_refused_at_most = true;
    for (new, to) in rows.filter(|(_, to)| !to.is_gone()) {
        if !is_refused_at_most {
            to.alone(new);
            continue;
        }
        let row = I::insert_one(connection, new).await;
        is_refused_at_most = row.as_ref().map_or_else(DbError::is_refusal, |_| true);
        to.answer(row);
    }
}

fn fail<N, R>(all: Vec<ReplyTo<N, R>>, error: impl Fn() -> DbError) {
    for to in all {
        to.answer(Err(error()));
    }
}

fn unknown(why: &str) -> DbError {
    PostgresError::connection_lost(why).into_diesel().into()
}

impl<I: InsertMany> Clone for InsertBatcher<I> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<I: InsertMany> fmt::Debug for InsertBatcher<I> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("InsertBatcher")
            .field("database", &self.0.database)
            .finish_non_exhaustive()
    }
}
