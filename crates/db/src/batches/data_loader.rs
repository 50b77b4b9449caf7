//! Reads by key that come together and go out as one statement: a data loader, as the field calls it.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Instant;

use super::batch::{self, Caller, Reply};
use super::{Batches, Work};
use crate::{Connection, Database, DbError};

/// How a [`DataLoader`] reads.
///
/// Both functions must find the same row for a key, in one SELECT each, which the key finds by a unique index.
pub trait Loader: Send + Sync + 'static {
    /// What a row is found by.
    type Key: Ord + Clone + Send + Sync + 'static;
    /// What is found.
    type Row: Clone + Send + 'static;

    /// The row of a key.
    fn load_one(
        connection: &mut Connection,
        key: Self::Key,
    ) -> impl Future<Output = Result<Option<Self::Row>, DbError>> + Send;

    /// The rows of keys of which no two are the same, in any order, each with its key; none for a key without a row.
    #[expect(
        clippy::type_complexity,
        reason = "an alias would hide what a loader has to give"
    )]
    fn load_many(
        connection: &mut Connection,
        keys: Vec<Self::Key>,
    ) -> impl Future<Output = Result<Vec<(Self::Key, Self::Row)>, DbError>> + Send;
}

/// Reads rows by a key, outside of any transaction. Reads that come while all connections are in use go out together.
///
/// A read takes an idle connection at once, if there is one, and runs [`Loader::load_one`]. Else it would have to wait, and
/// waits in a batch, which others join until it gets its connection. Then it goes out as one statement,
/// [`Loader::load_many`], or [`Loader::load_one`] where all ask for the same key. So no read waits for longer than it would
/// by itself, there is no window of time in which reads are collected, and batches are the larger the busier the pool is;
/// [`DataLoader::BATCH_MAX`] reads at most.
///
/// - A read sees what was committed before it began: nobody joins a batch that has been sent.
/// - A batch runs in a task of its own. A read whose future is dropped, or not polled, harms no other. Once sent, a batch
///   runs to its end, even where nobody waits for it any more.
/// - Each read waits for a connection for as long as `DATABASE_ACQUIRE_TIMEOUT` from its own beginning, and takes one place
///   of the pool's queue for its whole batch.
/// - A statement that takes longer than `DATABASE_STATEMENT_TIMEOUT` is over for all in its batch. After any other error of
///   the statement each of them asks once more by itself, and gets an error of its own.
///
/// A clone is the same one.
pub struct DataLoader<L: Loader>(Arc<Batches<Many<L>>>);

impl<L: Loader> DataLoader<L> {
    /// The most reads that go out as one statement.
    pub const BATCH_MAX: usize = batch::MAX;

    /// Reads from the primary, on connections of the pool.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self(Batches::new(database))
    }

    /// The row of `key`, if there is one.
    ///
    /// # Errors
    /// Those of [`Database::primary`] and of the statement.
    pub async fn load_row(&self, key: L::Key) -> Result<Option<L::Row>, DbError> {
        let started = Instant::now();
        if let Some(connection) = self.0.idle_connection(started).await {
            return L::load_one(&mut *connection?, key).await;
        }
        match self.0.join((), key.clone(), started).await {
            Some(Reply::Answer(row)) => row,
            Some(Reply::Alone(_)) | None => {
                let mut connection = self.0.connection(started).await?;
                L::load_one(&mut connection, key).await
            }
        }
    }
}

/// Reads of several keys by one statement.
struct Many<L>(PhantomData<L>);

impl<L: Loader> Work for Many<L> {
    type Group = ();
    type Item = L::Key;
    type Answer = Option<L::Row>;

    async fn send(
        connection: &mut Connection,
        (): (),
        mut callers: Vec<Caller<L::Key, Option<L::Row>>>,
    ) {
        callers.sort_unstable_by(|left, right| left.item.cmp(&right.item));
        let mut keys: Vec<_> = callers.iter().map(|caller| caller.item.clone()).collect();
        keys.dedup();
        match rows::<L>(connection, keys).await {
            Ok(rows) => answer(callers, rows),
            Err(error) => callers.into_iter().for_each(|caller| caller.fail(&error)),
        }
    }
}

async fn rows<L: Loader>(
    connection: &mut Connection,
    keys: Vec<L::Key>,
) -> Result<Vec<(L::Key, L::Row)>, DbError> {
    let [key] = keys.as_slice() else {
        return L::load_many(connection, keys).await;
    };
    let row = L::load_one(connection, key.clone()).await?;
    Ok(row.map(|row| (key.clone(), row)).into_iter().collect())
}

/// Gives each caller, sorted by their keys, the row of its key.
fn answer<K: Ord, R: Clone>(callers: Vec<Caller<K, Option<R>>>, mut rows: Vec<(K, R)>) {
    rows.sort_unstable_by(|left, right| left.0.cmp(&right.0));
    let mut rows = rows.into_iter().peekable();
    let mut callers = callers.into_iter().peekable();
    while let Some(caller) = callers.next() {
        while rows.next_if(|(key, _)| *key < caller.item).is_some() {}
        let is_asked_again = callers.peek().is_some_and(|next| next.item == caller.item);
        let row = if is_asked_again {
            let row = rows.peek().filter(|(key, _)| *key == caller.item);
            row.map(|(_, row)| row.clone())
        } else {
            let row = rows.next_if(|(key, _)| *key == caller.item);
            row.map(|(_, row)| row)
        };
        caller.answer(Ok(row));
    }
}

impl<L: Loader> Clone for DataLoader<L> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<L: Loader> fmt::Debug for DataLoader<L> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DataLoader")
            .field("database", &self.0.database)
            .finish_non_exhaustive()
    }
}
