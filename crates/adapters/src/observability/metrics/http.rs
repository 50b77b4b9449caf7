//! What only a server with HTTP counts.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::Metrics;

/// Seconds.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

pub(super) struct HttpFamilies {
    requests: Family<Request, Counter>,
    request_duration: Family<Route, Histogram>,
    /// Those of requests that succeeded before: found without hashing.
    usual: RwLock<Vec<(Request, Counter, Histogram)>>,
    requests_in_flight: Gauge,
    panics: Counter,
    ready: Gauge,
    schema_ahead: Gauge,
    tables_of_other_rules: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    /// The route's template, or `unmatched`.
    route: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: &'static str,
    route: &'static str,
}

impl HttpFamilies {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let families = Self {
            requests: Family::default(),
            request_duration: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            usual: RwLock::default(),
            requests_in_flight: Gauge::default(),
            panics: Counter::default(),
            ready: Gauge::default(),
            schema_ahead: Gauge::default(),
            tables_of_other_rules: Gauge::default(),
        };
        registry.register(
            "http_requests",
            "Requests answered",
            families.requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "Time from a request's headers to its answer's",
            Unit::Seconds,
            families.request_duration.clone(),
        );
        registry.register(
            "http_requests_in_flight",
            "Requests being answered",
            families.requests_in_flight.clone(),
        );
        registry.register(
            "http_panics",
            "Requests whose handler panicked",
            families.panics.clone(),
        );
        registry.register(
            "axis_ready",
            "1 if the database answered and its schema served this build when last asked, else 0",
            families.ready.clone(),
        );
        registry.register(
            "axis_schema_ahead",
            "1 if the database had migrations or columns that this build does not know when last asked, else 0",
            families.schema_ahead.clone(),
        );
        registry.register(
            "axis_schema_tables_of_other_rules",
            "Tables whose rules in the database are not those of this build's contracts, when last asked",
            families.tables_of_other_rules.clone(),
        );
        families
    }

    /// Counts an answer like one that was counted before. False for another one.
    fn counted_before(&self, request: &Request, took: f64) -> bool {
        let usual = self.usual.read().unwrap_or_else(PoisonError::into_inner);
        let Some((_, count, durations)) = usual.iter().find(|(known, ..)| known == request) else {
            return false;
        };
        count.inc();
        durations.observe(took);
        true
    }
}

impl Metrics {
    /// Counts a request as in flight until the guard is dropped.
    pub(crate) fn request_started(&self) -> InFlight {
        let gauge = self.0.http.requests_in_flight.clone();
        gauge.inc();
        InFlight(gauge)
    }

    /// Counts an answer. `route` is a template.
    pub(crate) fn request_finished(
        &self,
        method: &'static str,
        route: &'static str,
        status: u16,
        duration: Duration,
    ) {
        let families = &self.0.http;
        let took = duration.as_secs_f64();
        let request = Request {
            method,
            route,
            status,
        };
        if families.counted_before(&request, took) {
            return;
        }
        let count = families.requests.get_or_create(&request).clone();
        let durations = families
            .request_duration
            .get_or_create(&Route { method, route })
            .clone();
        count.inc();
        durations.observe(took);
        if status < 400 {
            let mut usual = families
                .usual
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            // Another first request of its kind may have come first.
            if !usual.iter().any(|(known, ..)| *known == request) {
                usual.push((request, count, durations));
            }
        }
    }

    /// Counts a panic of a handler.
    pub(crate) fn panicked(&self) {
        self.0.http.panics.inc();
    }

    /// Notes what the last look at the database found.
    pub(crate) fn readiness(
        &self,
        is_ready: bool,
        is_schema_ahead: bool,
        tables_of_other_rules: usize,
    ) {
        let families = &self.0.http;
        families.ready.set(is_ready.into());
        families.schema_ahead.set(is_schema_ahead.into());
        let tables = i64::try_from(tables_of_other_rules).unwrap_or(i64::MAX);
        families.tables_of_other_rules.set(tables);
    }
}

/// A request in flight.
pub(crate) struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}
