//! Chance, as good as a pause or a queue needs it.

use std::hash::{BuildHasher, RandomState};

/// A number from 0 to 1, 1 excluded. The standard library seeds its hash maps from the system's randomness and changes
/// the seed for each: no secret may depend on it.
pub(crate) fn fraction() -> f64 {
    let bits = RandomState::new().hash_one(0_u8) >> 32;
    #[expect(clippy::cast_precision_loss, reason = "32 bits fit a f64")]
    let part = bits as f64 / 4_294_967_296.0;
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_spread_evenly() {
        let numbers: Vec<_> = (0..10_000).map(|_| fraction()).collect();
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        let below = |bound: f64| numbers.iter().filter(|number| **number < bound).count();
        assert!((2_200..2_800).contains(&below(0.25)), "{}", below(0.25));
        assert!((7_200..7_800).contains(&below(0.75)), "{}", below(0.75));
    }
}
