//! Connections: accepted, served, and finished when the server stops.

use std::future::Future;
use std::pin::pin;

use axum::Router;
use axum::body::Body;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tower::ServiceExt;

use super::Limits;

/// Serves `router` until `stop` resolves and the requests under way are answered. Returns how many connections were
/// still open when [`Limits::shutdown_time`] had passed.
///
/// Not `axum::serve`: that one has no limit for the time that headers take, so silent connections would pile up.
pub(super) async fn serve(
    mut listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> usize {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.header_time);
    let service = TowerToHyperService::new(
        router.map_request(|request: hyper::Request<Incoming>| request.map(Body::new)),
    );
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let stream = tokio::select! {
            // Waits out errors of the system, such as too many open files.
            (stream, _) = Listener::accept(&mut listener) => stream,
            Some(_) = connections.join_next() => continue,
            () = &mut stop => break,
        };
        // Answers are written whole, so waiting for more to send gains nothing.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "could not set TCP_NODELAY");
        }
        let connection = http.serve_connection(TokioIo::new(stream), service.clone());
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    tracing::info!(
        connections = connections.len(),
        "stopping: finishing the requests under way"
    );
    // Closes idle connections, and each other one behind its answer.
    let finished = timeout(limits.shutdown_time, graceful.shutdown()).await;
    while connections.try_join_next().is_some() {}
    match finished {
        Ok(()) => 0,
        Err(_) => connections.len(),
    }
}
