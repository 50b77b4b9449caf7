//! axis-db under faults: poolers, certificates, and a script of everything that happens to a database in production.
//!
//! `AXIS_FAULTS_SECONDS` sets how long the script runs: 15 without it, 180 for the full 300 faults.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in test functions, but not in what those share"
)]

mod pooler;
mod script;
mod silence;
mod starting;
mod support;
mod tls;
