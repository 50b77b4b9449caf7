//! What operators see: metrics, and a tracing span for each query.
//!
//! Neither holds a value of a row. Labels are closed sets: route templates, not paths; kinds of statements, not texts.

#[cfg(feature = "http")]
mod json_log;
mod metrics;
mod observer;
mod statement_kind;

#[cfg(feature = "http")]
pub use json_log::{JsonFields, JsonLines};
pub use metrics::Metrics;
pub use observer::QueryObserver;
