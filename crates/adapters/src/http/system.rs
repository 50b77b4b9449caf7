//! Handlers beside the API: for operators and for those who write clients.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::openapi;
use super::operation::{Describe, Description, Schemas};
use super::problem::Problem;
use crate::server::App;

/// Whether the process lives.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Health {
    /// Always `ok`.
    status: &'static str,
}

/// Whether requests can be served.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ready {
    /// Always `ready`; anything else is a problem.
    status: &'static str,
    /// Whether the database has migrations or columns that this build does not know.
    schema_ahead: bool,
}

pub(super) async fn health(State(_): State<App>) -> Json<Health> {
    Json(Health { status: "ok" })
}

pub(super) async fn ready(State(app): State<App>) -> Result<Json<Ready>, Problem> {
    match app.readiness().look().await {
        Ok(ahead) => Ok(Json(Ready {
            status: "ready",
            schema_ahead: ahead.is_ahead(),
        })),
        Err(why) => Err(Problem::unavailable(
            format!("Not ready: {why}."),
            RETRY_AFTER,
        )),
    }
}

/// As long as a look at the database stays fresh, rounded up.
const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(super) async fn metrics(State(app): State<App>) -> Result<OpenMetrics, Problem> {
    app.render_metrics().map(OpenMetrics).map_err(|error| {
        tracing::error!(%error, "could not write the metrics");
        Problem::internal()
    })
}

pub(super) async fn openapi(State(_): State<App>) -> OpenApi {
    OpenApi
}

/// Metrics as text, which Prometheus reads in this format since version 2.5.
pub(super) struct OpenMetrics(String);

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

impl IntoResponse for OpenMetrics {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, OPEN_METRICS)], self.0).into_response()
    }
}

impl Describe for OpenMetrics {
    fn describe(description: &mut Description, _: &mut Schemas) {
        let schema = json!({"type": "string"});
        description.answer(StatusCode::OK, "All metrics.", OPEN_METRICS, schema);
    }
}

/// The description of this surface.
pub(super) struct OpenApi;

impl IntoResponse for OpenApi {
    fn into_response(self) -> Response {
        let headers = [(CONTENT_TYPE, "application/json")];
        (headers, openapi::document()).into_response()
    }
}

impl Describe for OpenApi {
    fn describe(description: &mut Description, _: &mut Schemas) {
        let schema = json!({"type": "object"});
        description.answer(StatusCode::OK, "This document.", "application/json", schema);
    }
}
