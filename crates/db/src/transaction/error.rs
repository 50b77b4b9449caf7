//! The application's error beside the database's.

use diesel::result::Error as DieselError;

use crate::DbError;

/// The error of a transaction whose closure has errors of its own, for an application's type that
/// knows nothing of databases.
///
/// [`TransactionBuilder::run`](crate::TransactionBuilder::run) takes any error that comes from a
/// [`DbError`]; this one keeps the two apart. In the closure, `?` turns the database's errors into
/// [`TransactionError::Database`]; the application's own are wrapped by hand:
///
/// ```
/// # use axis_db::{Connection, Database, DbError, TransactionError};
/// # async fn balance(_: &mut Connection) -> Result<i32, DbError> { Ok(0) }
/// # async fn withdraw(_: &mut Connection) -> Result<(), DbError> { Ok(()) }
/// #[derive(Debug, PartialEq)]
/// struct NotEnough;
///
/// # async fn example(database: &Database) -> Result<(), TransactionError<NotEnough>> {
/// let withdrawal = async |connection: &mut Connection| {
///     if balance(connection).await? < 10 {
///         return Err(TransactionError::Application(NotEnough));
///     }
///     withdraw(connection).await?;
///     Ok(())
/// };
/// database.transaction().run(withdrawal).await
/// # }
/// ```
///
/// What the closure makes of a database's error does not matter for another attempt: that is decided
/// by the statements.
#[derive(Debug, thiserror::Error)]
pub enum TransactionError<E> {
    /// The closure said so. The transaction was rolled back.
    #[error(transparent)]
    Application(E),
    /// Acquiring a connection, a statement whose error was handed on, BEGIN or COMMIT.
    #[error(transparent)]
    Database(DbError),
}

impl<E> TransactionError<E> {
    /// The application's error, if it is one.
    pub fn application(&self) -> Option<&E> {
        match self {
            Self::Application(error) => Some(error),
            Self::Database(_) => None,
        }
    }

    /// The database's error, if it is one.
    pub fn database(&self) -> Option<&DbError> {
        match self {
            Self::Application(_) => None,
            Self::Database(error) => Some(error),
        }
    }
}

impl<E> From<DbError> for TransactionError<E> {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

impl<E> From<DieselError> for TransactionError<E> {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}
