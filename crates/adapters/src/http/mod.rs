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
use axum::error_handling::HandleErrorLayer;
use axum::http::{Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::load_shed::LoadShedLayer;
use tower::timeout::TimeoutLayer;
use tower_http::catch_panic::CatchPanicLayer;

pub(crate) use self::problem::{Chain, Problem};
use crate::server::App;

/// The whole surface: every operation, and problem details for whatever is none.
pub(crate) fn router(app: App) -> Router {
    let limits = app.limits();
    let (mut api, mut system) = (Router::new(), Router::new());
    for operation in operations::operations() {
        // What operators ask for is answered under load, too.
        let router = match operation.path.starts_with("/api/") {
            true => &mut api,
            false => &mut system,
        };
        *router = std::mem::take(router).route(operation.path, operation.route);
    }
    let under_load = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(middleware::overloaded))
        .layer(LoadShedLayer::new())
        .layer(GlobalConcurrencyLimitLayer::new(limits.concurrency))
        .layer(TimeoutLayer::new(limits.request_time));
    let around_all = ServiceBuilder::new()
        .layer(from_fn_with_state(app.clone(), middleware::observe))
        .layer(from_fn(problem::render))
        .layer(CatchPanicLayer::custom(middleware::Panics(app.clone())))
        .layer(from_fn(middleware::require_host));
    api.layer(under_load)
        .merge(system)
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "There is nothing at this path."))
        .method_not_allowed_fallback(async |method: Method| {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                format!("{} is not possible here.", middleware::known(&method)),
            )
        })
        .layer(around_all)
        .with_state(app)
}
