//! Layer 1 of AXIS: tables, connections and transactions on PostgreSQL.
#![deny(missing_docs)]

#[cfg(target_family = "wasm")]
compile_error!(
    "axis-db runs on servers only: it holds database credentials, which a browser must never see."
);

/// The tables, as `diesel print-schema` and `axis generate` print them.
#[cfg(feature = "schema")]
#[allow(missing_docs, unreachable_pub)]
pub mod schema;
