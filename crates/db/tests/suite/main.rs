//! The tests of axis-db, on a real PostgreSQL. One program, so that they are linked once.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in test functions, but not in what those share"
)]

mod catalog;
mod connection;
mod custom_types;
mod dropped;
mod errors;
mod last_statement;
mod migrations;
mod observer;
mod pool;
mod pooler;
mod query_forms;
mod reachability;
mod schema_rules;
mod schema_snapshot;
mod secrets;
mod sqlstates;
mod statements;
mod streams_and_copies;
mod support;
mod tables;
mod transaction;
mod variables;
