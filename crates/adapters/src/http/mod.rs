//! The HTTP surface. Handlers read a request, call a repository and write its answer; they name layer 3 and nothing
//! below it.

mod extract;
mod middleware;
mod openapi;
mod operation;
mod operations;
mod posts;
mod problem;
mod system;
mod users;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::Route;
use tower::layer::layer_fn;
use tower::service_fn;

use self::problem::Problem;
use crate::server::App;

/// The whole surface: every operation, further routes, and problem details for whatever is neither.
pub(crate) fn router(app: App, further: Router) -> Router {
    let operations = operations::operations().into_iter();
    let surface = operations
        .fold(Router::new(), |router, operation| {
            router.route(operation.path, operation.route)
        })
        .merge(further.with_state(()))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "There is nothing at this path."))
        .method_not_allowed_fallback(async || {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "This method is not possible here.",
            )
        });
    wrap(surface, app)
}

/// Adds what happens around every request. Not by `axum::middleware`, which boxes it twice more.
fn wrap(surface: Router<App>, app: App) -> Router {
    let shared = app.clone();
    let around = layer_fn(move |route: Route| {
        let app = shared.clone();
        service_fn(move |request: Request| middleware::observe(app.clone(), route.clone(), request))
    });
    surface.layer(around).with_state(app)
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use axum::routing::get;
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;

    /// No handler of the surface can be made to panic, so this one stands in.
    async fn handler() -> StatusCode {
        panic!("with the value {}", "hunter2");
    }

    #[tokio::test]
    async fn a_panic_is_a_500_and_is_counted() {
        let app = App::unconnected();
        let router = wrap(Router::new().route("/api/users", get(handler)), app.clone());
        let request = Request::get("/api/users")
            .header("host", "x")
            .body(Body::empty());
        let response = router.oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(response.headers().contains_key("x-request-id"));
        assert_eq!(response.headers()["content-type"], problem::PROBLEM_JSON);
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["status"], 500);
        assert!(!problem.to_string().contains("hunter2"), "{problem}");
        let metrics = app.render_metrics().unwrap();
        for line in [
            "http_panics_total 1",
            r#"http_requests_total{method="GET",route="/api/users",status="500"} 1"#,
            "http_requests_in_flight 0",
        ] {
            assert!(metrics.contains(line), "{line} in {metrics}");
        }
    }
}
