//! The tests of axis-db, on a real PostgreSQL. One program, so that they are linked once.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in test functions, but not in what those share"
)]

mod catalog;
mod connection;
mod errors;
mod migrations;
mod observer;
mod pool;
mod reachability;
mod schema_rules;
mod schema_snapshot;
mod secrets;
mod support;
mod tables;
mod transaction;
mod variables;
