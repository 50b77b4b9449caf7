//! A database for each test.
#![deny(missing_docs)]
