//! What `axis generate` prints for a schema of every shape.
//!
//! `generated` and `schema.rs` are generated in this folder, which is a project of its own: run `cargo axis generate` here.
#![deny(missing_docs)]

pub mod further_schema;
pub mod generated;
pub mod lquery;
#[allow(missing_docs, non_snake_case, rustdoc::all, unreachable_pub)]
pub mod schema;
