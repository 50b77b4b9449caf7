//! A connection: Diesel's queries on tokio-postgres.
//!
//! diesel-async has a connection of its own, with holes that what stands above cannot mend: it
//! loses most SQLSTATEs, prepares each UPDATE anew, needs a server that remembers statements (a
//! pooler does not), and leaves dropped queries running. So this one carries diesel-async's traits
//! itself. From top to bottom:
//!
//! - `diesel_traits`: the traits, each handing over to what follows.
//! - `query`: text, types and values of a Diesel query; `custom_types`: the OIDs that these need.
//! - `run`: a statement goes out and its answer comes in; `rows`, `row`: the answer; `copy`: COPY
//!   .. FROM STDIN; `copy_rows`, `insert_text`: the same of Diesel's rows.
//! - `statement_cache`: what was prepared; `pooler`: whether preparing is any use.
//! - `running`: statements under way and their limit; `server_limit`: the server's own; `cancel`:
//!   how they are stopped on the server; `socket`: who reads and writes for them.
//! - `transactions`: BEGIN to COMMIT; `commit_with`: a statement and COMMIT at once.
//! - `open`: how all of it begins; `replacement`: how a connection that died while idle is
//!   exchanged.

mod cancel;
mod commit_with;
#[expect(
    clippy::disallowed_methods,
    reason = "this is what transactions are made of"
)]
mod copy;
mod copy_rows;
mod custom_types;
mod diesel_traits;
mod insert_text;
mod open;
mod pooler;
mod query;
mod replacement;
mod result_types;
mod row;
mod rows;
mod run;
mod running;
mod server_limit;
mod socket;
mod statement_cache;
#[expect(
    clippy::disallowed_methods,
    reason = "this is what transactions are made of"
)]
mod transactions;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::result::{Error as DieselError, QueryResult};
use tokio_postgres::Client;

use crate::error::AbandonedStatement;
pub use copy::{CopyFormat, CopyIn};
pub use copy_rows::CopyRowsError;
pub(crate) use custom_types::CustomTypes;
pub(crate) use open::Options;
pub use pooler::Pooler;
use pooler::StatementMode;
use query::Room;
use replacement::Loan;
pub(crate) use replacement::Replacement;
use running::Session;
pub(crate) use server_limit::set_local_limit;
use statement_cache::StatementCache;
use transactions::TransactionState;
pub(crate) use transactions::Transactions;

/// A connection to PostgreSQL. Every query of Diesel runs on it by [`diesel_async::RunQueryDsl`].
///
/// - Each error keeps what the server said: [`PostgresError::of`](crate::PostgresError::of) finds
///   SQLSTATE, severity and constraint.
/// - A statement that takes longer than the connection's limit ends with
///   [`DbError::StatementTimeout`](crate::DbError::StatementTimeout).
/// - A statement whose future is dropped, or whose limit passes, is cancelled on the server. The
///   connection refuses what follows, and the pool closes it instead of handing it on. So it does
///   where a transaction is still open.
/// - Statements are prepared once and kept, UPDATE and INSERT included, up to a bound.
/// - `load_stream` gives the rows of an answer of more than a megabyte as they come. Such a stream,
///   dropped before its end, is cancelled like a future. Each row may let wait for it as long as
///   the limit; where no pooler stands between, and in a transaction, the server ends the whole
///   stream a second after the limit. A longer one belongs into a transaction with a longer
///   [`statement_timeout`](crate::TransactionBuilder::statement_timeout).
/// - Transactions come from [`Database::transaction`](crate::Database::transaction) and nest by
///   [`savepoint`](Connection::savepoint). They fail with
///   [`DbError::TransactionAborted`](crate::DbError::TransactionAborted) where a statement failed
///   and the closure returned `Ok` all the same: PostgreSQL would answer such a COMMIT with a
///   rollback, and no error.
///
/// A transaction begun by SQL text (`BEGIN` through `sql_query` or `batch_execute`) is not seen:
/// clippy.toml bans these.
pub struct Connection {
    client: Client,
    session: Arc<Session>,
    mode: StatementMode,
    statements: StatementCache,
    room: Room,
    custom_types: CustomTypes,
    transaction: TransactionState,
    statement_timeout: Option<Duration>,
    /// The client's limit that the session's statement_timeout on the server was made for; none
    /// where the session has no limit.
    server_limit: Option<Duration>,
    loan: Loan,
    /// Never locked: it is what makes the connection `Sync`, so that futures may hold a reference
    /// to it.
    instrumentation: Mutex<Option<Box<dyn Instrumentation>>>,
}

impl Connection {
    /// The server's version as it tells it, such as `15.14 (Debian 15.14-0+deb12u1)`.
    #[must_use]
    pub fn server_version(&self) -> &str {
        &self.session.server_version
    }

    /// How many statements are prepared and kept. 0 behind a pooler that cannot keep any.
    #[must_use]
    pub fn prepared_statements(&self) -> usize {
        match self.mode {
            StatementMode::Named => self.statements.len(),
            StatementMode::Unnamed => 0,
        }
    }

    /// Whether statements are sent without a name, because a pooler stands between.
    #[must_use]
    pub fn is_behind_pooler(&self) -> bool {
        self.mode == StatementMode::Unnamed
    }

    /// Replaces the limit of the following statements and gives back the one before; none is no
    /// limit.
    pub(crate) fn replace_statement_timeout(
        &mut self,
        limit: Option<Duration>,
    ) -> Option<Duration> {
        std::mem::replace(&mut self.statement_timeout, limit)
    }

    /// Whether the next user would find anything but a fresh session: a lost connection, a
    /// statement still running, a transaction still open. Asks nobody, so it takes no time.
    pub(crate) fn is_broken(&self) -> bool {
        self.session.socket.look();
        self.is_known_broken()
    }

    /// The same without a look at what has come in since the last statement.
    pub(crate) fn is_known_broken(&self) -> bool {
        self.client.is_closed() || self.session.was_left() || !self.transaction.is_idle()
    }

    /// Whether the connection is lost, as far as its socket knows.
    fn is_closed(&self) -> bool {
        self.session.socket.look();
        self.client.is_closed()
    }

    /// Refuses a statement where it could not do what its caller expects.
    fn check_usable(&self) -> QueryResult<()> {
        self.check_not_left()?;
        // Fails where the transaction's state on the server is not known.
        self.transaction.depth()?;
        match self.transaction.is_over() {
            true => Err(DieselError::NotInTransaction),
            false => Ok(()),
        }
    }

    /// Refuses a connection on which a statement was left before its end: the request to cancel it
    /// may hit the next.
    fn check_not_left(&self) -> QueryResult<()> {
        match self.session.was_left() {
            false => Ok(()),
            true => Err(AbandonedStatement.into()),
        }
    }

    fn event(&mut self, event: InstrumentationEvent<'_>) {
        if let Some(instrumentation) = self.instrumentation_mut() {
            instrumentation.on_connection_event(event);
        }
    }

    fn instrumentation_mut(&mut self) -> &mut Option<Box<dyn Instrumentation>> {
        self.instrumentation
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Connection")
            .field("server_version", &self.server_version())
            .field("mode", &self.mode)
            .field("statement_timeout", &self.statement_timeout)
            .finish_non_exhaustive()
    }
}
