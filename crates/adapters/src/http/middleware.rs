//! What happens around every request.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::BoxError;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower::timeout::error::Elapsed;
use tower_http::catch_panic::ResponseForPanic;
use tracing::Instrument;
use tracing::field::Empty;
use uuid::Uuid;

use super::operations::route;
use super::problem::{Problem, render};
use crate::server::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Long enough for a UUID, a ULID, or a trace id with its span.
const REQUEST_ID_MAX: usize = 128;

/// Gives each request an id, a span, a line in the log and its place in the metrics, refuses one without a host, and writes
/// problem details for whatever fails.
///
/// It is one layer and not four, since axum boxes a future for each, and copies what is below.
///
/// None of them holds the path or the query, which are the caller's own text: the route's template stands for them.
pub(super) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = known(request.method());
    let template = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched", |path| label(path.as_str()));
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
        None => next.run(request).instrument(span.clone()).await,
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
    response
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
            Uuid::new_v4()
                .hyphenated()
                .encode_lower(&mut Uuid::encode_buffer()),
        )
        .unwrap_or(HeaderValue::from_static("none")),
    }
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

/// Answers what [`LoadShed`](tower::load_shed::LoadShed) and [`Timeout`](tower::timeout::Timeout) refused.
pub(super) async fn overloaded(error: BoxError) -> Problem {
    let detail = if error.is::<Elapsed>() {
        "The server took too long to answer. Try again later."
    } else {
        "The server has too many requests to answer. Try again later."
    };
    Problem::unavailable(detail, Duration::from_secs(1))
}

/// Turns a panic of a handler into a 500, and counts it.
#[derive(Clone)]
pub(super) struct Panics(pub(super) App);

impl ResponseForPanic for Panics {
    type ResponseBody = axum::body::Body;

    fn response_for_panic(&mut self, _: Box<dyn Any + Send>) -> Response {
        self.0.metrics().panicked();
        // The panic hook has told where; the payload may hold a value.
        tracing::error!("a handler panicked");
        Problem::internal().into_response()
    }
}
