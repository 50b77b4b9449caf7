//! Equal reads that come together and go out once: single flight, as the field calls it.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Instant;

use super::batch::{self, Caller, Reply};
use super::{Batches, Work};
use crate::{Connection, Database, DbError};

/// What a [`SingleFlight`] reads.
pub trait SharedRead: Send + Sync + 'static {
    /// All that tells one read from another, such as the part of a list.
    type Key: Ord + Clone + Send + Sync + 'static;
    /// What each reader gets.
    type Answer: Clone + Send + 'static;

    /// Reads. For equal keys it must be the same, whoever asks.
    fn read(
        connection: &mut Connection,
        key: Self::Key,
    ) -> impl Future<Output = Result<Self::Answer, DbError>> + Send;
}

/// Reads outside of any transaction, of which equal ones that come while all connections are in use go out once: the newest
/// page of a list, which everybody asks for, is read once for all who wait for it.
///
/// A read takes an idle connection at once, if there is one, and reads by itself. Else it would have to wait, and others that
/// ask for the same wait with it. So no read waits for longer than it would by itself.
///
/// - A read sees what was committed before it began: nobody joins a read that is under way.
/// - A dropped read harms no other, and each waits for a connection for its own time; all this as for a
///   [`DataLoader`](crate::DataLoader).
///
/// A clone is the same one.
pub struct SingleFlight<R: SharedRead>(Arc<Batches<Equal<R>>>);

impl<R: SharedRead> SingleFlight<R> {
    /// The most readers of one read.
    pub const BATCH_MAX: usize = batch::MAX;

    /// Reads from the primary, on connections of the pool.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self(Batches::new(database))
    }

    /// Reads what `key` asks for.
    ///
    /// # Errors
    /// Those of [`Database::primary`] and of [`SharedRead::read`].
    pub async fn read(&self, key: R::Key) -> Result<R::Answer, DbError> {
        let started = Instant::now();
        if let Some(connection) = self.0.idle_connection(started).await {
            return R::read(&mut *connection?, key).await;
        }
        match self.0.join(key.clone(), (), started).await {
            Some(Reply::Answer(answer)) => answer,
            Some(Reply::Alone(())) | None => {
                let mut connection = self.0.connection(started).await?;
                R::read(&mut connection, key).await
            }
        }
    }
}

/// One read for all who ask for the same.
struct Equal<R>(PhantomData<R>);

impl<R: SharedRead> Work for Equal<R> {
    type Group = R::Key;
    type Item = ();
    type Answer = R::Answer;

    async fn send(
        connection: &mut Connection,
        key: R::Key,
        mut callers: Vec<Caller<(), R::Answer>>,
    ) {
        match R::read(connection, key).await {
            Ok(answer) => {
                let last = callers.pop();
                for caller in callers {
                    caller.answer(Ok(answer.clone()));
                }
                if let Some(last) = last {
                    last.answer(Ok(answer));
                }
            }
            Err(error) => callers.into_iter().for_each(|caller| caller.fail(&error)),
        }
    }
}

impl<R: SharedRead> Clone for SingleFlight<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R: SharedRead> fmt::Debug for SingleFlight<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SingleFlight")
            .field("database", &self.0.database)
            .finish_non_exhaustive()
    }
}
