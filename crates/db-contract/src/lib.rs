//! Layer 2 of AXIS: what a row may be.
//!
//! Each module stands for one table and is generated from the migrated database by `axis generate`.
#![deny(missing_docs)]

#[cfg(target_family = "wasm")]
compile_error!(
    "axis-db-contract runs on servers only: it describes rows of a database that a browser must not reach."
);

mod generated;

pub use generated::*;
