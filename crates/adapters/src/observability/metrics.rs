//! Metrics in Prometheus' terms: base units, counters that end in `_total`, labels from closed sets.

mod database;
#[cfg(feature = "http")]
mod http;

use std::fmt;
use std::sync::Arc;

use axis_db::PoolStatus;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

/// The metrics of one server. A clone is the same ones.
///
/// Nothing here is global: two servers in one process, or two tests, count by themselves.
#[derive(Clone)]
pub struct Metrics(Arc<Families>);

struct Families {
    registry: Registry,
    database: database::DatabaseFamilies,
    #[cfg(feature = "http")]
    http: http::HttpFamilies,
}

impl Metrics {
    /// Metrics that have counted nothing yet.
    pub fn new() -> Self {
        let mut registry = Registry::default();
        let database = database::DatabaseFamilies::register(&mut registry);
        #[cfg(feature = "http")]
        let http = http::HttpFamilies::register(&mut registry);
        Self(Arc::new(Families {
            registry,
            database,
            #[cfg(feature = "http")]
            http,
        }))
    }

    /// All metrics as OpenMetrics text, those of the pool as `pool` has them. Asks nobody.
    ///
    /// # Errors
    /// None at present: a string can always be written to.
    pub fn render(&self, pool: PoolStatus) -> Result<String, fmt::Error> {
        self.0.database.pool(pool);
        let mut text = String::new();
        encode(&mut text, &self.0.registry)?;
        Ok(text)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Metrics").finish_non_exhaustive()
    }
}
