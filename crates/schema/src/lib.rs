//! Layer 3 of AXIS: what the business accepts.
//!
//! One module for each domain, named as its table: requests that deserialise from JSON and are validated by garde,
//! and responses that are built from a row of layer 2. A request becomes a row of layer 2 by [`From`]; it may ask for
//! more than the database does, never for less, so every accepted request is an accepted row.
//!
//! Wire names are camelCase, members that a request does not know are refused, and the JSON Schema of each type states
//! the limits that its garde attributes hold. No query and no connection is named here.
#![deny(missing_docs)]

#[cfg(target_family = "wasm")]
compile_error!(
    "axis-schema runs on servers only: it converts requests into rows of a database that a browser must not reach."
);

// Nothing else is compiled for a browser, so that the message above is the only one.
#[cfg(not(target_family = "wasm"))]
pub mod lists;
#[cfg(not(target_family = "wasm"))]
pub mod posts;
#[cfg(not(target_family = "wasm"))]
mod rules;
#[cfg(not(target_family = "wasm"))]
mod timestamptz;
#[cfg(not(target_family = "wasm"))]
pub mod users;
