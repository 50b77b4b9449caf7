//! Clusters and databases: who starts them, where they lie, and that nothing is left of them.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod databases;
mod given;
mod leases;
mod persistent;
mod places;
mod support;

/// What another process runs that is started to hold something.
#[test]
fn holder() {
    support::hold();
}
