//! Whether the server refuses to be connected to, and for how long already.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::connect::ConnectError;

/// For how long attempts must have failed until callers stop to wait for the next. Long enough for
/// the restart of a server or the waking of a compute, so that these are slow requests and no
/// errors.
const ESTABLISHED_AFTER: Duration = Duration::from_secs(2);
/// How long a failure says something about now, where no attempt is under way.
const MEMORY: Duration = Duration::from_secs(1);

/// What the attempts to connect have shown.
pub(super) struct Outage {
    state: Mutex<State>,
    /// How often callers had nothing to wait for any longer.
    over: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    under_way: u32,
    /// The start of the first attempt that failed, until one succeeds.
    failing_since: Option<Instant>,
    /// The last failed attempt, until one succeeds.
    last_failure: Option<(Instant, Arc<ConnectError>)>,
}

impl State {
    fn is_fresh(&self) -> bool {
        let at = self.last_failure.as_ref().map(|(at, _)| at.elapsed());
        self.under_way > 0 || at.is_some_and(|ago| ago < MEMORY)
    }

    fn is_established(&self) -> bool {
        let since = self.failing_since.map(|since| since.elapsed());
        let is_permanent = matches!(&self.last_failure, Some((_, error)) if error.is_permanent());
        self.is_fresh() && (is_permanent || since.is_some_and(|since| since >= ESTABLISHED_AFTER))
    }
}

impl Outage {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::default(),
            over: watch::Sender::new(0),
        }
    }

    /// Somebody starts to connect, perhaps in several attempts, for as long as the result lives.
    pub(super) fn trying(&self) -> Trying<'_> {
        let mut state = self.state();
        if !state.is_fresh() {
            // Nobody has tried for a while: what was known is no longer.
            state.failing_since = None;
            state.last_failure = None;
        }
        state.under_way += 1;
        Trying(self)
    }

    /// An attempt that began at `started` has failed.
    pub(super) fn failed(&self, started: Instant, error: ConnectError) {
        let mut state = self.state();
        state.failing_since.get_or_insert(started);
        let error = match (error, state.last_failure.take()) {
            // Cut short by a deadline: the attempt before says more.
            (ConnectError::TimedOut(_), Some((_, before))) => before,
            (error, _) => Arc::new(error),
        };
        state.last_failure = Some((Instant::now(), error));
        let is_established = state.is_established();
        drop(state);
        if is_established {
            self.gave_up();
        }
    }

    /// An attempt has succeeded.
    pub(super) fn succeeded(&self) {
        let mut state = self.state();
        state.failing_since = None;
        state.last_failure = None;
    }

    /// Attempts have ended without a connection, so that nobody waits for one any longer.
    pub(super) fn gave_up(&self) {
        self.over
            .send_modify(|times| *times = times.wrapping_add(1));
    }

    /// Whether the last attempt failed.
    pub(super) fn is_failing(&self) -> bool {
        self.state().failing_since.is_some()
    }

    pub(super) fn is_established(&self) -> bool {
        self.state().is_established()
    }

    /// What happens from now on is heard of by [`Outage::over`].
    pub(super) fn watch(&self) -> Watch {
        Watch(*self.over.borrow())
    }

    /// Resolves when there is nothing to wait for: an outage is established, or attempts have ended
    /// since `watch`.
    pub(super) async fn over(&self, watch: Watch) {
        if !self.is_established() {
            let mut over = self.over.subscribe();
            // The sender lives as long as `self`.
            let _ = over.wait_for(|times| *times != watch.0).await;
        }
    }

    /// The last failure at or after `since`, or of an outage that goes on.
    pub(super) fn failure(&self, since: Instant) -> Option<Arc<ConnectError>> {
        let state = self.state();
        let (at, error) = state.last_failure.as_ref()?;
        (*at >= since || state.is_established()).then(|| Arc::clone(error))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A moment.
#[derive(Clone, Copy)]
pub(super) struct Watch(u64);

/// Somebody tries to connect.
pub(super) struct Trying<'a>(&'a Outage);

impl Drop for Trying<'_> {
    fn drop(&mut self) {
        self.0.state().under_way -= 1;
    }
}
