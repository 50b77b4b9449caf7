//! What operators see: metrics, and a tracing span for each query.
//!
//! Neither holds a value of a row. Labels are closed sets: route templates, not paths; kinds of statements, not texts.

mod metrics;
mod observer;
mod statement_kind;

pub use metrics::Metrics;
pub use observer::QueryObserver;
