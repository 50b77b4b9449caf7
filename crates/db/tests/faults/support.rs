//! What several tests need.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axis_db::{Database, DatabaseConfig, Observer};

/// An observer that looks away.
struct Blind;

impl Observer for Blind {}

/// The database under test.
pub(crate) fn database(url: &str, variables: &[(&str, &str)]) -> Database {
    let config = DatabaseConfig::from_variables(|name| {
        if name == "DATABASE_URL" {
            return Some(url.to_owned());
        }
        let found = variables.iter().find(|(variable, _)| *variable == name)?;
        Some(found.1.to_owned())
    })
    .unwrap();
    Database::new(config, Arc::new(Blind)).unwrap()
}

/// Waits until `check` says yes, for a minute at most. Says whether it did.
pub(crate) async fn comes_true(mut check: impl AsyncFnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !check().await {
        if Instant::now() >= deadline {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    true
}

/// What an error and its sources say.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// Numbers without a pattern that a seed repeats (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 to below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (bits ^ (bits >> 31)) % bound
    }
}
