//! `axis prove` as it is called: on a database of somebody else's, and with what it cannot use.
#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

mod command;
mod given_database;
mod unseen;
mod waiting;
mod wrong_input;
