//! The tests of axis-db, on a real PostgreSQL. One program, so that they are linked once.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in test functions, but not in what those share"
)]

mod application_error;
mod batches;
mod catalog;
#[expect(
    clippy::disallowed_methods,
    reason = "tries diesel-async's own transactions"
)]
mod commit_with;
#[expect(
    clippy::disallowed_methods,
    reason = "tries diesel-async's own transactions"
)]
mod connection;
#[expect(
    clippy::disallowed_methods,
    reason = "tries diesel-async's own transactions"
)]
mod copy_rows;
#[expect(
    clippy::disallowed_methods,
    reason = "tries diesel-async's own transactions"
)]
mod custom_types;
#[expect(
    clippy::disallowed_methods,
    reason = "tries diesel-async's own transactions"
)]
mod dropped;
mod errors;
mod fingerprint;
mod idle_death;
mod languages;
mod migrations;
mod no_messages;
mod observer;
mod overload;
mod pool;
#[expect(
    clippy::disallowed_methods,
    reason = "tries diesel-async's own transactions"
)]
mod pooler;
mod query_forms;
mod reachability;
mod retry;
mod route;
mod schema_rules;
mod schema_snapshot;
mod secrets;
mod server_limit;
mod socket;
#[expect(
    clippy::disallowed_methods,
    reason = "tries diesel-async's own transactions"
)]
mod sqlstates;
#[expect(
    clippy::disallowed_methods,
    reason = "tries diesel-async's own transactions"
)]
mod statements;
#[expect(
    clippy::disallowed_methods,
    reason = "tries diesel-async's own transactions"
)]
mod streams_and_copies;
mod support;
mod tables;
mod transaction;
mod variables;
mod wire;
