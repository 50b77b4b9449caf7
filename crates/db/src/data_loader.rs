//! Reads by key that come together and go out as one statement: a data loader, as the field calls it.

mod batch;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use crate::{Connection, Database, DbError, PooledConnection};
use batch::{Answer, Batch};

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
pub struct DataLoader<L: Loader>(Arc<Shared<L>>);

struct Shared<L: Loader> {
    database: Database,
    /// The batch that can be joined. It is gone when its task is.
    open: Mutex<Weak<Batch<L>>>,
}

impl<L: Loader> DataLoader<L> {
    /// The most reads that go out as one statement.
    pub const BATCH_MAX: usize = batch::MAX;

    /// Reads from the primary, on connections of the pool.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self(Arc::new(Shared {
            database,
            open: Mutex::new(Weak::new()),
        }))
    }

    /// The row of `key`, if there is one.
    ///
    /// # Errors
    /// Those of [`Database::primary`] and of the statement.
    pub async fn load_row(&self, key: L::Key) -> Result<Option<L::Row>, DbError> {
        let started = Instant::now();
        let shared = &self.0;
        let pool = shared.database.pool();
        if let Some(connection) = pool.acquire_idle(started).await {
            return L::load_one(&mut *connection?, key).await;
        }
        match shared.join(key.clone(), started).await {
            Some(answer) => answer,
            // Whatever went wrong with the others may not go wrong with this one.
            None => {
                let mut connection = pool.acquire_since(started).await?;
                L::load_one(&mut connection, key).await
            }
        }
    }
}

impl<L: Loader> Shared<L> {
    /// What the batch gives; none where it failed as a whole.
    async fn join(self: &Arc<Self>, key: L::Key, started: Instant) -> Option<Answer<L>> {
        let answer = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            match open.upgrade().and_then(|batch| batch.join(&key, started)) {
                Some(answer) => answer,
                None => {
                    let (batch, answer) = Batch::begin(key, started);
                    let batch = Arc::new(batch);
                    *open = Arc::downgrade(&batch);
                    tokio::spawn(Arc::clone(self).run(batch));
                    answer
                }
            }
        };
        answer.await.ok()
    }

    async fn run(self: Arc<Self>, batch: Arc<Batch<L>>) {
        let Some(mut connection) = self.connection_for(&batch).await else {
            return;
        };
        let sent = batch.close();
        if sent.is_empty() {
            return;
        }
        self.database.observer().batch_sent(sent.reads());
        match rows::<L>(&mut connection, sent.keys()).await {
            Ok(rows) => sent.answer(rows),
            Err(error) => sent.fail(&error),
        }
    }

    /// Waits for a connection, for as long as one of the batch's reads may. None where there is none, and all have heard so.
    async fn connection_for(&self, batch: &Batch<L>) -> Option<PooledConnection<'_>> {
        let limit = self.database.config().acquire_timeout();
        loop {
            let first = batch.first_start()?;
            match self.database.pool().acquire_since(first).await {
                Ok(connection) => return Some(connection),
                Err(error) => {
                    // Where the first read's time is not over, the reason is no time-out, and holds for all.
                    let is_late = |started: Instant| started.elapsed() >= limit;
                    let concerns_all = !is_late(first);
                    batch.fail_where(&error, |started| concerns_all || is_late(started));
                }
            }
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
