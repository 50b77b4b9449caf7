//! How long to wait before a transaction is tried again.

use std::time::Duration;

use crate::ErrorClass;
use crate::chance::fraction;

/// The longest pause after the first attempt; it doubles with each.
const FIRST: Duration = Duration::from_millis(4);
/// After a lost connection the server may need a moment.
const FIRST_AFTER_LOSS: Duration = Duration::from_millis(50);
/// Where doubling ends. Those who come anew do not pause, so a long one would let them overtake for ever.
const MAX: Duration = Duration::from_millis(100);

/// The pause after attempt `number`, from 1. Any time up to its bound, so that those who clashed do not meet again.
pub(super) fn pause(class: ErrorClass, number: u32) -> Duration {
    let bound = bound(class, number);
    bound.mul_f64(fraction())
}

fn bound(class: ErrorClass, number: u32) -> Duration {
    let first = match class {
        ErrorClass::SerializationFailure | ErrorClass::Deadlock => FIRST,
        _ if number == 1 => return Duration::ZERO,
        _ => FIRST_AFTER_LOSS,
    };
    let doublings = number.saturating_sub(1).min(16);
    first.saturating_mul(1 << doublings).min(MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_bound() {
        let class = ErrorClass::Deadlock;
        assert_eq!(bound(class, 1), FIRST);
        assert_eq!(bound(class, 2), FIRST * 2);
        assert_eq!(bound(class, 6), MAX);
        assert_eq!(bound(class, u32::MAX), MAX);
        // The first one after a loss takes another connection at once.
        assert_eq!(bound(ErrorClass::ConnectionLost, 1), Duration::ZERO);
        assert_eq!(bound(ErrorClass::ConnectionLost, 2), FIRST_AFTER_LOSS * 2);
    }

    #[test]
    fn pauses_differ() {
        let pauses: Vec<_> = (0..100).map(|_| pause(ErrorClass::Deadlock, 8)).collect();
        assert!(pauses.iter().all(|pause| *pause <= MAX));
        let least = pauses.iter().min().unwrap();
        let most = pauses.iter().max().unwrap();
        assert!(*most - *least > MAX / 2, "{least:?} to {most:?}");
    }
}
