//! Layer 1 of AXIS: tables, connections and transactions on PostgreSQL.
//!
//! [`Database`] is the way in. It is made from a [`DatabaseConfig`], lends connections on which
//! Diesel's queries run, and reports to an [`Observer`]. Failures are [`DbError`]s. [`schema`]
//! holds the tables. [`DataLoader`], [`SingleFlight`] and [`InsertBatcher`] send together what would
//! wait for a connection; [`Connection::commit_with`] sends COMMIT with the last statement.
#![deny(missing_docs)]

#[cfg(target_family = "wasm")]
compile_error!(
    "axis-db runs on servers only: it holds database credentials, which a browser must never see."
);

// Nothing else is compiled for a browser, so that the message above is the only one.
#[cfg(not(target_family = "wasm"))]
mod batches;
#[cfg(not(target_family = "wasm"))]
mod catalog;
#[cfg(not(target_family = "wasm"))]
mod chance;
#[cfg(not(target_family = "wasm"))]
mod config;
#[cfg(not(target_family = "wasm"))]
mod connect;
#[cfg(not(target_family = "wasm"))]
mod connection;
#[cfg(not(target_family = "wasm"))]
mod database;
#[cfg(not(target_family = "wasm"))]
mod error;
#[cfg(not(target_family = "wasm"))]
mod health;
#[cfg(not(target_family = "wasm"))]
mod migrations;
#[cfg(not(target_family = "wasm"))]
mod observer;
#[cfg(not(target_family = "wasm"))]
mod pool;
#[cfg(not(target_family = "wasm"))]
mod postgres_error;
#[cfg(not(target_family = "wasm"))]
mod tls;
#[cfg(not(target_family = "wasm"))]
mod transaction;
#[cfg(not(target_family = "wasm"))]
mod warm_up;

/// The tables, as `diesel print-schema` and `axis generate` print them.
#[cfg(all(feature = "schema", not(target_family = "wasm")))]
#[allow(missing_docs, non_snake_case, rustdoc::all, unreachable_pub)]
pub mod schema;

#[cfg(not(target_family = "wasm"))]
pub use crate::{
    batches::{DataLoader, InsertBatcher, InsertMany, Loader, SharedRead, SingleFlight},
    catalog::{
        CatalogColumn, CatalogNode, CatalogObject, CatalogObjectKind, CatalogStruct, CatalogTable,
        UnknownTree, catalog_columns, catalog_fingerprint, catalog_of_all_tables, catalog_tables,
    },
    config::{ConfigError, DatabaseConfig, VARIABLES, Variable},
    connect::ConnectError,
    connection::{Connection, CopyFormat, CopyIn, CopyRowsError, Pooler},
    database::Database,
    error::{ConstraintKind, DbError, ErrorClass},
    health::Health,
    migrations::applied_migrations,
    observer::{
        ConnectionDemand, Observer, QueryObservation, TransactionAttempt, TransactionOutcome,
    },
    pool::{PoolStatus, PooledConnection},
    postgres_error::{ErrorSeverity, PostgresError},
    transaction::{SendFn, SendFnOnce, TransactionBuilder, TransactionError},
};

// With the tables: the tool `axis` needs neither, and is not to be built anew for each migration.
#[cfg(all(feature = "schema", not(target_family = "wasm")))]
pub use crate::migrations::{
    EmbeddedMigration, embedded_migrations, pending_migrations, unknown_migrations,
};
