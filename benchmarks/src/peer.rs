//! Who is measured.

use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use crate::http_service;
use crate::rows::{NewUser, Position};

/// Whatever went wrong. It ends the run: figures of a run with failures mean nothing.
pub type Failure = Box<dyn Error + Send + Sync>;

/// One way to work with the database. Each method is one operation of a workload, from the pool to the value in Rust.
///
/// Every peer sends statements that do the same, decodes the same columns, and has a pool of the same size. Users are the
/// live ones: those that are not deleted.
pub trait Peer: Send + Sync + 'static {
    type User: Serialize + Send;
    type Users: Serialize + Send;
    type Post: Serialize + Send;

    /// A user by id.
    fn by_id(&self, id: Uuid) -> impl Future<Output = Result<Self::User, Failure>> + Send;

    /// A user by address, whatever its case.
    fn by_email(&self, email: String) -> impl Future<Output = Result<Self::User, Failure>> + Send;

    /// The newest 50 users, and how many there are in all.
    fn page(&self) -> impl Future<Output = Result<Self::Users, Failure>> + Send;

    /// The 50 users behind a position, or the newest, without their number.
    fn after(
        &self,
        position: Option<Position>,
    ) -> impl Future<Output = Result<Self::Users, Failure>> + Send;

    /// Adds a user, which is checked before.
    fn insert(&self, user: NewUser) -> impl Future<Output = Result<Self::User, Failure>> + Send;

    /// Gives a user a name, which is checked before.
    fn update(
        &self,
        id: Uuid,
        name: String,
    ) -> impl Future<Output = Result<Self::User, Failure>> + Send;

    /// Deletes a user: the row stays.
    fn delete(&self, id: Uuid) -> impl Future<Output = Result<Self::User, Failure>> + Send;

    /// In a transaction: gives a user a name, reads the user, gives another name.
    fn write_first(
        &self,
        id: Uuid,
        names: [String; 2],
    ) -> impl Future<Output = Result<Self::User, Failure>> + Send;

    /// In a transaction: reads a user, gives a name, reads the user again.
    fn read_first(
        &self,
        id: Uuid,
        name: String,
    ) -> impl Future<Output = Result<Self::User, Failure>> + Send;

    /// Adds many users, each checked before: all or none.
    fn bulk(&self, users: Vec<NewUser>) -> impl Future<Output = Result<(), Failure>> + Send;

    /// A post with its author.
    fn post(&self, id: Uuid) -> impl Future<Output = Result<Self::Post, Failure>> + Send;

    /// Answers HTTP on an address of this machine, for as long as the process lives.
    fn serve(self: Arc<Self>) -> impl Future<Output = Result<SocketAddr, Failure>> + Send
    where
        Self: Sized,
    {
        http_service::start(self)
    }
}
