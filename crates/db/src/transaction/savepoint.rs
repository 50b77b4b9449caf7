//! A part of a transaction that can be undone by itself.

use diesel_async::TransactionManager;

use super::SendFnOnce;
use crate::DbError;
use crate::connection::{Connection, Transactions};

impl Connection {
    /// Runs `work` in a savepoint of the transaction that is open. `Ok` keeps what it did, as far
    /// as the transaction is committed; `Err` undoes it, and the transaction goes on. It nests.
    ///
    /// A serialization failure or a deadlock in it is best handed on: the transaction around it is
    /// then run again as a whole.
    ///
    /// # Errors
    /// What `work` returned, also where the way back to the savepoint failed after it:
    /// then the transaction can only end.
    /// [`DbError::Query`] outside of a transaction.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is what `Database::transaction` is made of"
    )]
    pub async fn savepoint<R, E, F>(&mut self, work: F) -> Result<R, E>
    where
        for<'r> F: AsyncFnOnce(&'r mut Connection) -> Result<R, E>
            + SendFnOnce<&'r mut Connection, Result<R, E>, Fut: Send>
            + Send,
        R: Send,
        E: From<DbError> + Send,
    {
        if !self.is_in_transaction() {
            return Err(DbError::from(diesel::result::Error::NotInTransaction).into());
        }
        Transactions::begin_transaction(self)
            .await
            .map_err(DbError::from)?;
        match work(&mut *self).await {
            Ok(value) => {
                Transactions::commit_transaction(self)
                    .await
                    .map_err(DbError::from)?;
                Ok(value)
            }
            Err(error) => {
                // What went wrong first is what the caller must hear. Where this fails, the
                // connection takes no more statements.
                let _ = Transactions::rollback_transaction(self).await;
                Err(error)
            }
        }
    }
}
