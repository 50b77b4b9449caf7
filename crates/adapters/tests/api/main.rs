//! The server as its callers and operators see it: over HTTP, on a real PostgreSQL.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod limits;
mod lists;
mod posts;
mod protocol;
mod random;
mod raw;
mod support;
mod surface;
mod users;
