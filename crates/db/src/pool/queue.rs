//! The queue before the pool: first come, first served, and no longer than is of use.
//!
//! Once it is half full, a growing part of those who come is turned away at once, and all when it
//! is full. If only a full queue turned callers away, a place that becomes free would go to who is
//! there at that moment: to the caller who has just been served and comes again, while others never
//! get in. By chance, all have the same prospect.

use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError};
use tokio::time::{sleep, timeout_at};

use crate::chance::fraction;

/// How often is looked whether the last permit is back.
const DRAIN_PAUSE: Duration = Duration::from_millis(5);

/// Hands out permits, one for each connection. bb8 lets newcomers overtake those who wait; this
/// queue does not.
pub(super) struct Queue {
    permits: Semaphore,
    size: u32,
    queued: AtomicU32,
    queue_max: u32,
}

/// Why there is no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoPermit {
    /// As many wait already as may.
    QueueFull,
    TimedOut,
    Closed,
}

impl Queue {
    /// `size` permits, for which `queue_max` callers may wait.
    pub(super) fn new(size: u32, queue_max: u32) -> Self {
        Self {
            permits: Semaphore::new(size as usize),
            size,
            queued: AtomicU32::new(0),
            queue_max,
        }
    }

    /// Waits until `deadline`, and then, in the same place, until the one that `at_deadline` gives, if it does.
    pub(super) async fn acquire(
        &self,
        mut deadline: Instant,
        mut at_deadline: impl FnMut() -> Option<Instant>,
    ) -> Result<SemaphorePermit<'_>, NoPermit> {
        // Fair: a permit is only free where nobody waits for one.
        match self.try_acquire() {
            Err(NoPermit::QueueFull) => {}
            result => return result,
        }
        let Some(_place) = Counted::unless(&self.queued, |queued| self.is_shed(queued)) else {
            return Err(NoPermit::QueueFull);
        };
        let mut permit = pin!(self.permits.acquire());
        loop {
            match timeout_at(deadline.into(), permit.as_mut()).await {
                Ok(Ok(permit)) => return Ok(permit),
                Ok(Err(_)) => return Err(NoPermit::Closed),
                Err(_) => deadline = at_deadline().ok_or(NoPermit::TimedOut)?,
            }
        }
    }

    /// Whether a caller is turned away who finds `queued` others.
    fn is_shed(&self, queued: u32) -> bool {
        let half = self.queue_max / 2;
        let Some(over) = queued.checked_sub(half).filter(|over| *over > 0) else {
            return self.queue_max == 0;
        };
        f64::from(over) >= f64::from(self.queue_max - half) * (1.0 - fraction())
    }

    /// A permit for who does not wait.
    pub(super) fn try_acquire(&self) -> Result<SemaphorePermit<'_>, NoPermit> {
        self.permits.try_acquire().map_err(|error| match error {
            TryAcquireError::NoPermits => NoPermit::QueueFull,
            TryAcquireError::Closed => NoPermit::Closed,
        })
    }

    /// Hands out no permit any more, and sends those away who wait for one.
    pub(super) fn close(&self) {
        self.permits.close();
    }

    /// Waits until `deadline` for all permits to come back. Gives how many have not.
    pub(super) async fn drained(&self, deadline: Instant) -> u32 {
        loop {
            let back = u32::try_from(self.permits.available_permits()).unwrap_or(u32::MAX);
            let out = self.size.saturating_sub(back);
            if out == 0 || Instant::now() >= deadline {
                return out;
            }
            sleep(DRAIN_PAUSE).await;
        }
    }
}

/// Counts a caller for as long as it lives.
pub(super) struct Counted<'a>(&'a AtomicU32);

impl<'a> Counted<'a> {
    pub(super) fn new(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }

    /// None where `refuses` says so of those counted already.
    fn unless(count: &'a AtomicU32, refuses: impl Fn(u32) -> bool) -> Option<Self> {
        count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| {
                (!refuses(now)).then_some(now + 1)
            })
            .ok()
            .map(|_| Self(count))
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fuller_the_more_are_shed() {
        let shed = |queue_max: u32, queued: u32| {
            let queue = Queue::new(1, queue_max);
            (0..1_000).filter(|_| queue.is_shed(queued)).count()
        };
        assert_eq!(shed(100, 50), 0);
        assert!((400..600).contains(&shed(100, 75)));
        assert_eq!(shed(100, 100), 1_000);
        // Small ones have a place for each that they are said to have.
        assert_eq!(shed(0, 0), 1_000);
        assert_eq!((shed(1, 0), shed(1, 1)), (0, 1_000));
        assert_eq!((shed(2, 1), shed(2, 2)), (0, 1_000));
    }
}
