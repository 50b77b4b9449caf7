//! What the testkit does to databases, each seen by a plain client.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in test functions, but not in what those share"
)]

mod pgbouncer;
mod proxy;
mod server;
mod support;
