//! Who is measured.

use std::error::Error;
use std::future::Future;

use uuid::Uuid;

/// Whatever went wrong. It ends the run: figures of a run with failures mean nothing.
pub type Failure = Box<dyn Error + Send + Sync>;

/// One way to work with the database. Each method is one operation of a workload, from the pool to the value or row in Rust.
///
/// Every peer sends the same statements in effect and decodes the same columns, and has a pool of the same size.
pub trait Peer: Send + Sync + 'static {
    /// Reads a user.
    fn point_select(&self, id: Uuid) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Adds a user and reads its row.
    fn insert(
        &self,
        email: String,
        name: String,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Gives a user a name.
    fn update(&self, id: Uuid, name: String) -> impl Future<Output = Result<(), Failure>> + Send;

    /// In a transaction: gives a user a name, reads the user, gives another name.
    fn transaction_write_first(
        &self,
        id: Uuid,
        names: [String; 2],
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// In a transaction: reads a user, gives a name, reads the user again.
    fn transaction_read_first(
        &self,
        id: Uuid,
        name: String,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}
