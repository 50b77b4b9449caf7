//! Layer 4 of AXIS: how it runs.
//!
//! - Repositories: queries on a connection of layer 1 that take validated requests of layer 3 and give back its
//!   responses. [`user_create`] and its like. [`Batches`] has those that need no connection of their caller's, and go out
//!   together where all are in use.
//! - Observability: [`Metrics`], and a [`QueryObserver`] that makes a tracing span for each query.
//! - With the feature `http`, which is on by default: the HTTP surface and the [`Server`] that composes all of it.
#![deny(missing_docs)]

#[cfg(target_family = "wasm")]
compile_error!(
    "axis-adapters runs on servers only: it queries a database that a browser must not reach."
);

// Nothing else is compiled for a browser, so that the message above is the only one.
#[cfg(all(feature = "http", not(target_family = "wasm")))]
mod http;
#[cfg(not(target_family = "wasm"))]
mod observability;
#[cfg(not(target_family = "wasm"))]
mod repositories;
#[cfg(all(feature = "http", not(target_family = "wasm")))]
mod server;

#[cfg(all(feature = "http", not(target_family = "wasm")))]
pub use crate::observability::{JsonFields, JsonLines};
#[cfg(all(feature = "http", not(target_family = "wasm")))]
pub use crate::server::{
    Limits, LogFormat, SERVER_VARIABLES, Server, ServerConfig, ServerConfigError, ServerError,
};
#[cfg(not(target_family = "wasm"))]
pub use crate::{
    observability::{Metrics, QueryObserver},
    repositories::{
        Ahead, Batches, Difference, Entity, ManyError, RepositoryError, RuleViolation, SchemaError,
        SchemaMismatch, post_by_id, post_create, post_delete, post_publish, post_update,
        posts_list_of_user, posts_list_published, schema_compatibility, tables_of_other_rules,
        user_by_id, user_create, user_delete, user_update, users_create, users_list,
    },
};
