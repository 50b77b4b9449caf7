//! What happens around every request.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode, Version};
use axum::response::{IntoResponse, Response};
use axum::routing::Route;
use futures_util::FutureExt;
use tokio::time::timeout;
use tower::Service;
use tracing::Instrument;
use tracing::field::Empty;
use uuid::{Builder, Uuid};

use super::operations::route;
use super::problem::{Problem, render};
use crate::server::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Long enough for a UUID, a ULID, or a trace id with its span.
const REQUEST_ID_MAX: usize = 128;
/// What stands for the template where no route matches.
const UNMATCHED: &str = "unmatched";

/// Gives each request an id, a span, a line in the log and its place in the metrics, refuses one without a host, keeps the
/// limits, and writes problem details for whatever fails, panics too.
///
/// It is one layer and not many, since axum boxes a future for each, and copies what is below.
///
/// None of them holds the path or the query, which are the caller's own text: the route's template stands for them.
pub(super) async fn observe(
    app: App,
    mut route: Route,
    request: Request,
) -> Result<Response, Infallible> {
    let started = Instant::now();
    let method = known(request.method());
    let template = request
        .extensions()
        .get::<MatchedPath>()
        .map_or(UNMATCHED, |path| label(path.as_str()));
    let id = request_id(request.headers());
    let span = tracing::info_span!(
        "request",
        request_id = id.to_str().unwrap_or_default(),
        http.request.method = method,
        http.route = template,
        http.response.status_code = Empty,
    );
    let in_flight = app.metrics().request_started();
    let uri = request.uri().clone();
    let response = match host_missing(&request) {
        Some(problem) => problem.into_response(),
        None => {
            let answered = within_limits(&app, template, route.call(request));
            let answered = AssertUnwindSafe(answered.instrument(span.clone())).catch_unwind();
            answered
                .await
                .unwrap_or_else(|_| span.in_scope(|| panicked(&app)))
        }
    };
    let mut response = span.in_scope(|| render(response, uri.path()));
    drop(in_flight);
    let (status, took) = (response.status().as_u16(), started.elapsed());
    app.metrics()
        .request_finished(method, template, status, took);
    span.record("http.response.status_code", status);
    let took_seconds = took.as_secs_f64();
    // Probes and scrapes come every few seconds and say nothing new.
    if template.starts_with("/api/") || status >= 400 {
        tracing::info!(parent: &span, took_seconds, "request finished");
    } else {
        tracing::debug!(parent: &span, took_seconds, "request finished");
    }
    response.headers_mut().insert(REQUEST_ID, id);
    Ok(response)
}

/// The template of a route as a constant. One that is no operation of AXIS is a further route of the server's: those are as
/// many as its author wrote, and each is kept once.
fn label(template: &str) -> &'static str {
    static FURTHER: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    route(template).unwrap_or_else(|| {
        let mut further = FURTHER.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = further.get(template) {
            return known;
        }
        let new: &'static str = Box::leak(template.to_owned().into_boxed_str());
        further.insert(new);
        new
    })
}

/// The caller's id, where it is short and of harmless characters, else a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_harmless = |id: &&HeaderValue| {
        (1..=REQUEST_ID_MAX).contains(&id.len())
            && id
                .as_bytes()
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte))
    };
    match headers.get(&REQUEST_ID).filter(is_harmless) {
        Some(id) => id.clone(),
        None => HeaderValue::from_str(
            new_id()
                .hyphenated()
                .encode_lower(&mut Uuid::encode_buffer()),
        )
        .unwrap_or(HeaderValue::from_static("none")),
    }
}

/// A random one. `Uuid::new_v4` would ask the system each time.
fn new_id() -> Uuid {
    Builder::from_random_bytes(rand::random()).into_uuid()
}

/// A method's name, if it is one that HTTP itself defines: callers can invent others.
fn known(method: &Method) -> &'static str {
    const KNOWN: [(&Method, &str); 9] = [
        (&Method::GET, "GET"),
        (&Method::HEAD, "HEAD"),
        (&Method::POST, "POST"),
        (&Method::PUT, "PUT"),
        (&Method::PATCH, "PATCH"),
        (&Method::DELETE, "DELETE"),
        (&Method::OPTIONS, "OPTIONS"),
        (&Method::TRACE, "TRACE"),
        (&Method::CONNECT, "CONNECT"),
    ];
    KNOWN
        .into_iter()
        .find(|(known, _)| *known == method)
        .map_or("OTHER", |(_, name)| name)
}

/// HTTP/1.1 asks for one Host, and for 400 without (RFC 9112, section 3.2).
fn host_missing(request: &Request) -> Option<Problem> {
    let hosts = request.headers().get_all(HOST).iter().count();
    let is_missing = hosts > 1 || (hosts == 0 && request.version() == Version::HTTP_11);
    is_missing.then(|| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "The request needs one header `Host`.",
        )
    })
}

/// Waits for the answer, for as long as a request may take, where no more are under way than may. What operators ask for is
/// answered under load, too.
async fn within_limits(
    app: &App,
    template: &str,
    answer: impl Future<Output = Result<Response, Infallible>>,
) -> Response {
    if !is_limited(template) {
        let Ok(response) = answer.await;
        return response;
    }
    let Ok(_permit) = app.requests().try_acquire() else {
        return overloaded("The server has too many requests to answer. Try again later.");
    };
    match timeout(app.limits().request_time, answer).await {
        Ok(Ok(response)) => response,
        Err(_) => overloaded("The server took too long to answer. Try again later."),
    }
}

/// Whether a route is the API's, or a further one of the server's.
fn is_limited(template: &str) -> bool {
    template.starts_with("/api/") || (template != UNMATCHED && route(template).is_none())
}

fn overloaded(detail: &'static str) -> Response {
    Problem::unavailable(detail, Duration::from_secs(1)).into_response()
}

/// The answer in place of a handler's that panicked: a 500. Counts it.
fn panicked(app: &App) -> Response {
    app.metrics().panicked();
    // The panic hook has told where; the payload may hold a value.
    tracing::error!("a handler panicked");
    Problem::internal().into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn only_what_operators_ask_for_has_no_limits() {
        let unlimited: Vec<_> = super::super::operations::operations()
            .iter()
            .map(|operation| operation.path)
            .filter(|path| !is_limited(path))
            .collect();
        assert_eq!(
            unlimited,
            ["/healthz", "/readyz", "/metrics", "/openapi.json"]
        );
        assert!(is_limited("/of-another-team/{id}"));
        assert!(!is_limited(UNMATCHED));
    }

    #[test]
    fn each_id_is_a_new_random_one() {
        let ids: HashSet<_> = (0..10_000).map(|_| new_id()).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| id.get_version_num() == 4));
    }
}
