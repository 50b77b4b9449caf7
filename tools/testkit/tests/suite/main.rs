//! The databases of tests, and what the testkit does to databases, seen by a plain client. One program, so that they wait side by
//! side.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in test functions, but not in what those share"
)]

mod databases;
mod pgbouncer;
mod proxy;
mod server;
mod support;
