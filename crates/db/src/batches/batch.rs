//! Callers who wait together, from the first to the answers of all.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot::{self, Receiver, Sender};

use crate::DbError;

/// The most callers of a batch. Its rows are in memory at the same time, as those of as many callers by themselves would be.
pub(super) const MAX: usize = 64;

/// What a caller gets.
pub(super) enum Reply<I, A> {
    /// What it asked for, or why not.
    Answer(Result<A, DbError>),
    /// Nothing was done. It has to go by itself, with this.
    Alone(I),
}

/// Callers who wait for a connection.
pub(super) struct Batch<I, A>(Mutex<Waiting<I, A>>);

struct Waiting<I, A> {
    /// In the order in which they came.
    callers: Vec<Caller<I, A>>,
    is_closed: bool,
}

/// One of them.
pub(super) struct Caller<I, A> {
    pub(super) item: I,
    started: Instant,
    to: ReplyTo<I, A>,
}

/// Where its reply goes. Who went away needs none.
pub(super) struct ReplyTo<I, A>(Sender<Reply<I, A>>);

impl<I, A> Batch<I, A> {
    /// A batch with its first caller.
    pub(super) fn begin(item: I, started: Instant) -> (Self, Receiver<Reply<I, A>>) {
        let (caller, reply) = Caller::new(item, started);
        let waiting = Waiting {
            callers: vec![caller],
            is_closed: false,
        };
        (Self(Mutex::new(waiting)), reply)
    }

    /// Gives `item` back where the batch is full or closed.
    pub(super) fn join(&self, item: I, started: Instant) -> Result<Receiver<Reply<I, A>>, I> {
        let mut waiting = self.waiting();
        if waiting.is_closed || waiting.callers.len() >= MAX {
            return Err(item);
        }
        let (caller, reply) = Caller::new(item, started);
        waiting.callers.push(caller);
        Ok(reply)
    }

    /// When the first of those came who still wait. Where there is none, the batch is closed.
    pub(super) fn first_start(&self) -> Option<Instant> {
        let mut waiting = self.waiting();
        waiting.callers.retain(|caller| !caller.is_gone());
        waiting.is_closed = waiting.callers.is_empty();
        waiting.callers.first().map(|caller| caller.started)
    }

    /// Those who came when `concerns` says so wait no longer.
    pub(super) fn take_where(&self, concerns: impl Fn(Instant) -> bool) -> Vec<Caller<I, A>> {
        let concerned = |caller: &mut Caller<I, A>| concerns(caller.started);
        self.waiting().callers.extract_if(.., concerned).collect()
    }

    /// Nobody joins from here on. Gives those who still wait.
    pub(super) fn close(&self) -> Vec<Caller<I, A>> {
        let mut waiting = self.waiting();
        waiting.is_closed = true;
        let mut callers = std::mem::take(&mut waiting.callers);
        drop(waiting);
        callers.retain(|caller| !caller.is_gone());
        callers
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<I, A>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task that was to send it is gone, with its runtime.
impl<I, A> Drop for Batch<I, A> {
    fn drop(&mut self) {
        for caller in self.close() {
            let (item, to) = caller.apart();
            to.alone(item);
        }
    }
}

impl<I, A> Caller<I, A> {
    fn new(item: I, started: Instant) -> (Self, Receiver<Reply<I, A>>) {
        let (to, reply) = oneshot::channel();
        let to = ReplyTo(to);
        (Self { item, started, to }, reply)
    }

    /// Since when it has waited.
    pub(super) fn started(&self) -> Instant {
        self.started
    }

    fn is_gone(&self) -> bool {
        self.to.is_gone()
    }

    pub(super) fn answer(self, answer: Result<A, DbError>) {
        self.to.answer(answer);
    }

    /// Tells of an error that all may share. After another one the caller goes by itself: what went wrong with the others may
    /// not go wrong with it.
    pub(super) fn fail(self, error: &DbError) {
        match error.share() {
            Some(error) => self.to.answer(Err(error)),
            None => self.to.alone(self.item),
        }
    }

    /// What it asks for, and where its reply goes.
    pub(super) fn apart(self) -> (I, ReplyTo<I, A>) {
        (self.item, self.to)
    }
}

impl<I, A> ReplyTo<I, A> {
    pub(super) fn is_gone(&self) -> bool {
        self.0.is_closed()
    }

    pub(super) fn answer(self, answer: Result<A, DbError>) {
        let _ = self.0.send(Reply::Answer(answer));
    }

    pub(super) fn alone(self, item: I) {
        let _ = self.0.send(Reply::Alone(item));
    }
}
