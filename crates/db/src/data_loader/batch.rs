//! Reads that go out together, from the first that waits to the answers of all.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot::{self, Receiver, Sender};

use super::Loader;
use crate::DbError;

/// The most reads of a batch. Its rows are in memory at the same time, as those of as many reads by themselves would be.
pub(super) const MAX: usize = 64;

/// What a read gets.
pub(super) type Answer<L> = Result<Option<<L as Loader>::Row>, DbError>;

/// Reads that wait for a connection.
pub(super) struct Batch<L: Loader>(Mutex<Waiting<L>>);

struct Waiting<L: Loader> {
    /// In the order in which they began.
    reads: Vec<Read<L>>,
    is_closed: bool,
}

struct Read<L: Loader> {
    key: L::Key,
    started: Instant,
    to: Sender<Answer<L>>,
}

impl<L: Loader> Batch<L> {
    /// A batch with its first read.
    pub(super) fn begin(key: L::Key, started: Instant) -> (Self, Receiver<Answer<L>>) {
        let (to, answer) = oneshot::channel();
        let reads = vec![Read { key, started, to }];
        let waiting = Waiting {
            reads,
            is_closed: false,
        };
        (Self(Mutex::new(waiting)), answer)
    }

    /// None where it is full or sent.
    pub(super) fn join(&self, key: &L::Key, started: Instant) -> Option<Receiver<Answer<L>>> {
        let mut waiting = self.waiting();
        if waiting.is_closed || waiting.reads.len() >= MAX {
            return None;
        }
        let (to, answer) = oneshot::channel();
        let key = key.clone();
        waiting.reads.push(Read { key, started, to });
        Some(answer)
    }

    /// When the first of those began who still wait. Where there is none, the batch is closed.
    pub(super) fn first_start(&self) -> Option<Instant> {
        let mut waiting = self.waiting();
        waiting.reads.retain(|read| !read.to.is_closed());
        waiting.is_closed = waiting.reads.is_empty();
        waiting.reads.first().map(|read| read.started)
    }

    /// Those who began when `concerns` says so hear of `error`.
    pub(super) fn fail_where(&self, error: &DbError, concerns: impl Fn(Instant) -> bool) {
        let concerned = |read: &mut Read<L>| concerns(read.started);
        for read in self.waiting().reads.extract_if(.., concerned) {
            read.fail(error);
        }
    }

    /// Nobody joins from here on.
    pub(super) fn close(&self) -> Sent<L> {
        let mut waiting = self.waiting();
        waiting.is_closed = true;
        let mut reads = std::mem::take(&mut waiting.reads);
        drop(waiting);
        reads.retain(|read| !read.to.is_closed());
        reads.sort_unstable_by(|left, right| left.key.cmp(&right.key));
        Sent(reads)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<L>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L: Loader> Read<L> {
    /// Tells of an error that all may share. Of another one it only hears that there was one.
    fn fail(self, error: &DbError) {
        if let Some(error) = error.share() {
            // Who went away needs no answer.
            let _ = self.to.send(Err(error));
        }
    }
}

/// Reads whose statement goes out, sorted by their keys.
pub(super) struct Sent<L: Loader>(Vec<Read<L>>);

impl<L: Loader> Sent<L> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many reads the statement serves.
    pub(super) fn reads(&self) -> usize {
        self.0.len()
    }

    /// Each key once.
    pub(super) fn keys(&self) -> Vec<L::Key> {
        let mut keys: Vec<_> = self.0.iter().map(|read| read.key.clone()).collect();
        keys.dedup();
        keys
    }

    /// Gives each read the row of its key.
    pub(super) fn answer(self, mut rows: Vec<(L::Key, L::Row)>) {
        rows.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        let mut rows = rows.into_iter().peekable();
        let mut reads = self.0.into_iter().peekable();
        while let Some(read) = reads.next() {
            while rows.next_if(|(key, _)| *key < read.key).is_some() {}
            let is_asked_again = reads.peek().is_some_and(|next| next.key == read.key);
            let row = if is_asked_again {
                let row = rows.peek().filter(|(key, _)| *key == read.key);
                row.map(|(_, row)| row.clone())
            } else {
                let row = rows.next_if(|(key, _)| *key == read.key);
                row.map(|(_, row)| row)
            };
            let _ = read.to.send(Ok(row));
        }
    }

    pub(super) fn fail(self, error: &DbError) {
        for read in self.0 {
            read.fail(error);
        }
    }
}
