//! The server as its callers and operators see it: over HTTP, on a real PostgreSQL.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod batches;
mod blocker;
mod boot;
mod concurrency;
mod example;
mod limits;
mod lists;
mod load;
mod many;
mod narrowing;
mod observability;
mod posts;
mod process;
mod protocol;
mod random;
mod raw;
mod readiness;
mod recorder;
mod roles;
mod round_trips;
mod rules;
mod support;
mod surface;
mod users;
mod variables;
