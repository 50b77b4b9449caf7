//! Layer 2 of AXIS: what a row may be.
//!
//! Each module stands for one table and is generated from the migrated database by `axis generate`.
#![deny(missing_docs)]

#[cfg(target_family = "wasm")]
compile_error!(
    "axis-db-contract runs on servers only: it describes rows of a database that a browser must not reach."
);

// Nothing else is compiled for a browser, so that the message above is the only one.
#[cfg(not(target_family = "wasm"))]
mod generated;

#[cfg(all(feature = "proptest", not(target_family = "wasm")))]
pub mod strategies;

#[cfg(not(target_family = "wasm"))]
pub use generated::*;
