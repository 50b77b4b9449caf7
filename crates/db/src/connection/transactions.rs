//! Transactions on one connection, nested by savepoints.
//!
//! BEGIN waits for the first statement. A transaction without statements costs nothing, and one
//! that begins with a SELECT saves a round trip: both travel together. A write never travels with
//! BEGIN, since it would commit by itself if BEGIN failed.
//!
//! A transaction in which a statement failed cannot be committed, even where the caller went on as
//! if nothing had happened: PostgreSQL answers such a COMMIT with a rollback and no error, so it is
//! not sent.

#[cfg(test)]
mod tests;

use std::num::NonZeroU32;
use std::sync::Arc;

use diesel::connection::{InstrumentationEvent, TransactionDepthChange, TransactionManagerStatus};
use diesel::result::{Error as DieselError, QueryResult};
use diesel_async::TransactionManager;

use super::Connection;
use crate::error::{StatementFailedBefore, class_of, is_statement_deadline};
use crate::{ErrorClass, PostgresError};

/// How far the outermost transaction's COMMIT has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Commit {
    /// It has not gone out.
    #[default]
    Due,
    /// It is to go out with the next statement: see [`Connection::commit_with`].
    WithNext,
    /// It may have gone out, and the server has not answered.
    Sent,
    /// It has taken effect.
    Done,
    /// The server has rolled back instead.
    Refused,
}

/// Where a connection stands.
#[derive(Default)]
pub struct TransactionState {
    pub(super) status: TransactionManagerStatus,
    /// A BEGIN that has not gone out yet.
    waiting_begin: Option<Arc<str>>,
    /// The outermost depth at which a statement failed since that transaction or savepoint began.
    failed_depth: Option<u32>,
    /// Of the transaction that is open, or was the last one.
    pub(super) commit: Commit,
    /// The last failure since the outermost BEGIN after which the whole transaction can be
    /// repeated. It stays when a savepoint was rolled back, and however the caller turned the error
    /// into one of its own.
    clash: Option<ErrorClass>,
    /// The last failure of any kind since the outermost BEGIN.
    failure: Option<ErrorClass>,
}

impl TransactionState {
    /// How many transactions and savepoints are open.
    pub(super) fn depth(&self) -> QueryResult<u32> {
        let depth = self.status.transaction_depth()?;
        Ok(depth.map_or(0, NonZeroU32::get))
    }

    /// Whether nothing is open, so that a statement stands for itself.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.depth(), Ok(0))
    }

    /// Whether the server's transaction has ended by [`Connection::commit_with`], and Diesel's has
    /// not.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.commit, Commit::Done | Commit::Refused) && !self.is_idle()
    }

    /// Whether the next statement is to take COMMIT along.
    pub(super) fn commits_with_next(&self) -> bool {
        self.commit == Commit::WithNext && matches!(self.depth(), Ok(1))
    }

    /// Whether a statement failed, and nothing was rolled back since.
    pub(super) fn has_failed(&self) -> bool {
        self.failed_depth.is_some()
    }

    /// Whether BEGIN has not gone out yet.
    pub(super) fn has_waiting_begin(&self) -> bool {
        self.waiting_begin.is_some()
    }

    pub(super) fn waiting_begin(&self) -> Option<&Arc<str>> {
        self.waiting_begin.as_ref()
    }

    /// The BEGIN that must go out before or with the next statement.
    pub(super) fn take_begin(&mut self) -> Option<Arc<str>> {
        self.waiting_begin.take()
    }

    /// Why the transaction that has just ended can be run again from its start; none where it
    /// cannot, or where nothing went wrong that another attempt could mend.
    pub(crate) fn retryable(&self) -> Option<ErrorClass> {
        self.clash
            .filter(|_| !matches!(self.commit, Commit::Sent | Commit::Done))
    }

    /// Whether COMMIT has taken effect in the transaction that has just ended.
    pub(crate) fn is_committed(&self) -> bool {
        self.commit == Commit::Done
    }

    /// What failed last in the transaction that has just ended.
    pub(crate) fn failure(&self) -> Option<ErrorClass> {
        self.failure
    }

    /// A statement failed; what the server refuses aborts the transaction around it.
    pub(super) fn note(&mut self, error: &DieselError) {
        let class = class_of(error);
        self.failure = Some(class);
        if let ErrorClass::SerializationFailure
        | ErrorClass::Deadlock
        | ErrorClass::ConnectionLost
        | ErrorClass::ServerUnavailable = class
        {
            self.clash = Some(class);
        }
        let Some(error) = PostgresError::of(error) else {
            return;
        };
        if error.is_connection_lost {
            self.status.set_in_error();
        } else {
            self.note_failure();
        }
    }

    /// A statement failed on the server.
    pub(super) fn note_failure(&mut self) {
        if let Ok(depth @ 1..) = self.depth() {
            // Deeper ones cannot be entered after this, so the first one is the outermost.
            self.failed_depth.get_or_insert(depth);
        }
    }

    /// BEGIN failed: the server has no transaction, so whatever followed would commit by itself.
    pub(super) fn begin_failed(&mut self) {
        self.status.set_in_error();
    }

    /// COMMIT went out, and it, or what went out with it, failed by `error`. Gives the error to hear
    /// of.
    pub(super) fn commit_failed(&mut self, error: DieselError) -> DieselError {
        if !is_answer(&error) {
            return self.commit_unanswered(error);
        }
        self.commit = Commit::Refused;
        self.note(&error);
        error
    }

    /// COMMIT may have gone out, and nobody knows what the server did with it, because of `error`. Gives the error to hear of.
    pub(super) fn commit_unanswered(&mut self, error: DieselError) -> DieselError {
        self.status.set_in_error();
        let error = commit_unknown(error);
        self.note(&error);
        error
    }

    /// Whether COMMIT may have taken effect, and no error has said so yet: its future was dropped.
    pub(crate) fn is_commit_left(&self) -> bool {
        self.commit == Commit::Sent && self.failure != Some(ErrorClass::CommitUnknown)
    }

    fn enter(&mut self) -> QueryResult<()> {
        self.change(TransactionDepthChange::IncreaseDepth)
    }

    fn leave(&mut self) -> QueryResult<()> {
        if self.depth()? == 1 {
            self.failed_depth = None;
        }
        self.change(TransactionDepthChange::DecreaseDepth)
    }

    fn change(&mut self, change: TransactionDepthChange) -> QueryResult<()> {
        self.status
            .transaction_state()?
            .change_transaction_depth(change)
    }

    /// Whether the server knows nothing of the transaction: its BEGIN never went out, or its end
    /// already did.
    fn take_nothing_to_end(&mut self) -> bool {
        self.waiting_begin.take().is_some() || self.is_over()
    }
}

impl Connection {
    /// Whether statements belong to a transaction, even to one that can only end.
    pub(crate) fn is_in_transaction(&self) -> bool {
        !self.transaction.is_idle()
    }
}

/// Begins, commits and rolls back.
pub struct Transactions;

impl Transactions {
    /// Begins a transaction with `sql`, which may hold `SET LOCAL` after the BEGIN. It goes out
    /// with what follows.
    pub(crate) fn begin(connection: &mut Connection, sql: impl Into<Arc<str>>) -> QueryResult<()> {
        if connection.transaction.depth()? != 0 {
            return Err(DieselError::AlreadyInTransaction);
        }
        connection.check_usable()?;
        connection.event(InstrumentationEvent::begin_transaction(NonZeroU32::MIN));
        let state = &mut connection.transaction;
        state.waiting_begin = Some(sql.into());
        state.clash = None;
        state.failure = None;
        state.commit = Commit::Due;
        state.enter()
    }

    async fn begin_savepoint(connection: &mut Connection, depth: NonZeroU32) -> QueryResult<()> {
        connection.check_usable()?;
        connection.event(InstrumentationEvent::begin_transaction(
            depth.saturating_add(1),
        ));
        connection.send_waiting_begin().await?;
        let sql = format!("SAVEPOINT {}", savepoint(depth.get()));
        connection.run_simple("SAVEPOINT", &sql).await?;
        connection.transaction.enter()
    }

    async fn commit_outermost(connection: &mut Connection) -> QueryResult<()> {
        if connection.transaction.take_nothing_to_end() {
            return connection.transaction.leave();
        }
        let result = Self::send_commit(connection).await;
        if connection.transaction.depth().is_ok() {
            // A COMMIT that is refused has rolled back.
            connection.transaction.leave()?;
        }
        result
    }

    /// Sends COMMIT. Where its answer does not come, nobody knows what the server did.
    pub(super) async fn send_commit(connection: &mut Connection) -> QueryResult<()> {
        if connection.is_closed() {
            // Known before anything was sent: the server has rolled back.
            let error = connection.session.closed();
            connection.transaction.note(&error);
            return Err(error);
        }
        // Before the await: where this future is dropped, COMMIT may be on its way.
        connection.transaction.commit = Commit::Sent;
        match connection.run_simple("COMMIT", "COMMIT").await {
            Ok(()) => {
                connection.transaction.commit = Commit::Done;
                Ok(())
            }
            Err(error) => Err(connection.transaction.commit_failed(error)),
        }
    }

    async fn release(connection: &mut Connection, depth: u32) -> QueryResult<()> {
        let sql = format!("RELEASE SAVEPOINT {}", savepoint(depth - 1));
        match connection.run_simple("RELEASE SAVEPOINT", &sql).await {
            Ok(()) => connection.transaction.leave(),
            Err(error) => {
                // The error of the release says more than that of a rollback after it.
                let _ = Self::rollback_transaction(connection).await;
                Err(error)
            }
        }
    }
}

impl TransactionManager<Connection> for Transactions {
    type TransactionStateData = TransactionState;

    async fn begin_transaction(connection: &mut Connection) -> QueryResult<()> {
        match NonZeroU32::new(connection.transaction.depth()?) {
            None => Self::begin(connection, "BEGIN"),
            Some(depth) => Self::begin_savepoint(connection, depth).await,
        }
    }

    /// Gives `BrokenTransactionManager` where the rollback fails: Diesel then keeps the error that
    /// led to it.
    async fn rollback_transaction(connection: &mut Connection) -> QueryResult<()> {
        let depth = open_depth(connection)?;
        connection.event(InstrumentationEvent::rollback_transaction(depth));
        let depth = depth.get();
        if depth == 1 && connection.transaction.take_nothing_to_end() {
            return connection.transaction.leave();
        }
        let result = match (connection.check_usable(), depth) {
            (Err(error), _) => Err(error),
            (Ok(()), 1) => connection.run_simple("ROLLBACK", "ROLLBACK").await,
            (Ok(()), _) => {
                let name = savepoint(depth - 1);
                let sql = format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}");
                connection.run_simple("ROLLBACK TO SAVEPOINT", &sql).await
            }
        };
        if result.is_err() {
            connection.transaction.status.set_in_error();
            return Err(DieselError::BrokenTransactionManager);
        }
        let state = &mut connection.transaction;
        state.failed_depth = state.failed_depth.filter(|failed| *failed < depth);
        state.leave()
    }

    async fn commit_transaction(connection: &mut Connection) -> QueryResult<()> {
        let depth = open_depth(connection)?;
        let was_refused = connection.transaction.commit == Commit::Refused;
        if connection.transaction.has_failed() || was_refused {
            // Where this fails too, the connection is closed, and the server rolls back.
            let _ = Self::rollback_transaction(connection).await;
            return Err(StatementFailedBefore.into());
        }
        connection.check_not_left()?;
        connection.event(InstrumentationEvent::commit_transaction(depth));
        match depth.get() {
            1 => Self::commit_outermost(connection).await,
            depth => Self::release(connection, depth).await,
        }
    }

    fn transaction_manager_status_mut(
        connection: &mut Connection,
    ) -> &mut TransactionManagerStatus {
        &mut connection.transaction.status
    }

    fn is_broken_transaction_manager(connection: &mut Connection) -> bool {
        connection.is_broken()
    }
}

fn open_depth(connection: &Connection) -> QueryResult<NonZeroU32> {
    NonZeroU32::new(connection.transaction.depth()?).ok_or(DieselError::NotInTransaction)
}

fn savepoint(depth: u32) -> String {
    format!("axis_savepoint_{depth}")
}

/// Whether the server answered, and its connection lives on.
fn is_answer(error: &DieselError) -> bool {
    PostgresError::of(error).is_some_and(|error| !error.is_connection_lost)
}

/// The error of a COMMIT that went out and was not answered.
fn commit_unknown(error: DieselError) -> DieselError {
    let is_deadline = is_statement_deadline(&error);
    match PostgresError::of(&error) {
        Some(found) => PostgresError {
            is_commit_unknown: true,
            ..(*found).clone()
        }
        .into_diesel(),
        None if is_deadline => PostgresError {
            is_commit_unknown: true,
            ..PostgresError::connection_lost("COMMIT was not answered in time")
        }
        .into_diesel(),
        None => error,
    }
}
