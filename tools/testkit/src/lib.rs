//! A database for each test.
#![deny(missing_docs)]

mod backend;
mod database;

pub use database::TestDatabase;
