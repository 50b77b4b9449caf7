//! Work that would have to wait for a connection, and goes out together instead.
//!
//! - `data_loader`: reads of different keys, as one statement.
//! - `single_flight`: equal reads, as one.
//! - `insert_batcher`: new rows, as one INSERT.
//! - `batch`: callers who wait together. What follows here is what happens to them: they come, wait for a connection, and are
//!   sent.

mod batch;
mod data_loader;
mod insert_batcher;
mod single_flight;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use crate::{Connection, Database, DbError, ErrorClass, PooledConnection};
use batch::{Batch, Caller, Reply};
pub use data_loader::{DataLoader, Loader};
pub use insert_batcher::{InsertBatcher, InsertMany};
pub use single_flight::{SharedRead, SingleFlight};

/// What callers ask for, and how it is done for several.
trait Work: Send + Sync + 'static {
    /// Those who have the same go out together.
    type Group: Ord + Clone + Send + Sync + 'static;
    /// What one of them asks for.
    type Item: Send + 'static;
    /// What one of them gets.
    type Answer: Send + 'static;

    /// Answers all.
    fn send(
        connection: &mut Connection,
        group: Self::Group,
        callers: Vec<Caller<Self::Item, Self::Answer>>,
    ) -> impl Future<Output = ()> + Send;
}

type BatchOf<W> = Batch<<W as Work>::Item, <W as Work>::Answer>;
type OpenBatches<W> = BTreeMap<<W as Work>::Group, Weak<BatchOf<W>>>;

/// The batches that can be joined.
struct Batches<W: Work> {
    database: Database,
    /// A batch is gone when its task is.
    open: Mutex<OpenBatches<W>>,
}

impl<W: Work> Batches<W> {
    fn new(database: Database) -> Arc<Self> {
        Arc::new(Self {
            database,
            open: Mutex::new(BTreeMap::new()),
        })
    }

    /// A connection for a caller who does not have to wait for one; none where all are in use.
    async fn idle_connection(
        &self,
        started: Instant,
    ) -> Option<Result<PooledConnection<'_>, DbError>> {
        self.database.pool().acquire_idle(started).await
    }

    /// A connection for a caller who has waited in a batch, and goes by itself now.
    async fn connection(&self, started: Instant) -> Result<PooledConnection<'_>, DbError> {
        self.database.pool().acquire_since(started).await
    }

    /// Waits with others of the same `group`. None where the task that worked for them panicked.
    async fn join(
        self: &Arc<Self>,
        group: W::Group,
        item: W::Item,
        started: Instant,
    ) -> Option<Reply<W::Item, W::Answer>> {
        let reply = {
            let mut open = self.open();
            let batch = open.get(&group).and_then(Weak::upgrade);
            let joined = match batch {
                Some(batch) => batch.join(item, started),
                None => Err(item),
            };
            match joined {
                Ok(reply) => reply,
                Err(item) => {
                    let (batch, reply) = Batch::begin(item, started);
                    let batch = Arc::new(batch);
                    open.insert(group.clone(), Arc::downgrade(&batch));
                    tokio::spawn(Arc::clone(self).run(group, batch));
                    reply
                }
            }
        };
        reply.await.ok()
    }

    async fn run(self: Arc<Self>, group: W::Group, batch: Arc<BatchOf<W>>) {
        let connection = self.connection_for(&batch).await;
        let callers = batch.close();
        self.forget(&group, &batch);
        if let Some(mut connection) = connection
            && !callers.is_empty()
        {
            for caller in &callers {
                self.acquired(caller, Ok(()));
            }
            self.database.observer().batch_sent(callers.len());
            W::send(&mut connection, group, callers).await;
        }
    }

    /// Waits for a connection, for as long as one of the batch's callers may. None where there is none, and all have heard
    /// so, and where nobody waits any more.
    async fn connection_for(&self, batch: &BatchOf<W>) -> Option<PooledConnection<'_>> {
        let limit = self.database.config().acquire_timeout();
        let is_late = |started: Instant| started.elapsed() >= limit;
        loop {
            let first = batch.first_start()?;
            let late = |error| {
                self.fail_where(batch, &error, is_late);
                batch.first_start()
            };
            match self.database.pool().acquire_together(first, late).await {
                Ok(connection) => return Some(connection),
                // Where the server is away, those whose time is not over may still see it come back.
                Err(error @ DbError::Unreachable { .. }) if is_late(first) => {
                    self.fail_where(batch, &error, is_late);
                }
                Err(error) => self.fail_where(batch, &error, |_| true),
            }
        }
    }

    /// Those of the batch who came when `concerns` says so get no connection.
    fn fail_where(&self, batch: &BatchOf<W>, error: &DbError, concerns: impl Fn(Instant) -> bool) {
        for caller in batch.take_where(concerns) {
            self.acquired(&caller, Err(error.class()));
            caller.fail(error);
        }
    }

    /// Tells the observer of each caller what a caller by itself would have told.
    fn acquired(&self, caller: &Caller<W::Item, W::Answer>, outcome: Result<(), ErrorClass>) {
        self.database
            .observer()
            .acquired(caller.started().elapsed(), outcome);
    }

    /// Another batch may have been begun since this one was full.
    fn forget(&self, group: &W::Group, batch: &Arc<BatchOf<W>>) {
        let mut open = self.open();
        let is_this = |open: &Weak<BatchOf<W>>| std::ptr::eq(open.as_ptr(), Arc::as_ptr(batch));
        if open.get(group).is_some_and(is_this) {
            open.remove(group);
        }
    }

    fn open(&self) -> MutexGuard<'_, OpenBatches<W>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
