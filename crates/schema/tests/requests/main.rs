//! What requests accept and refuse, and that their JSON Schema says the same.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod json_schema;
mod lists;
mod rules;
