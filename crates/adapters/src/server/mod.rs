//! The server: composition, boot, and shutdown.

mod app;
mod config;
mod connections;
mod readiness;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axis_db::Database;
use axum::Router;
use tokio::net::TcpListener;

pub(crate) use self::app::App;
pub use self::config::{LogFormat, SERVER_VARIABLES, ServerConfig, ServerConfigError};
use self::readiness::NotReady;
use crate::http;
use crate::observability::Metrics;
use crate::repositories::SchemaMismatch;

/// How long connections may take to come back to the pool when no request is under way any more.
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// How much the server takes on.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The most bytes of a body; 1 MiB. More is answered with 413.
    pub body_bytes: usize,
    /// How long the headers of a request may take to arrive, and how long a connection may be idle; 30 s. Then it is
    /// closed.
    pub header_time: Duration,
    /// How long a body may take to arrive; 15 s. Then the answer is 408.
    pub body_time: Duration,
    /// How long a request may take in all; 30 s. Then the answer is 503.
    pub request_time: Duration,
    /// How many requests of the API are answered at once; 512. More are answered with 503 at once.
    pub concurrency: usize,
    /// How long requests under way may take after the signal to stop; 25 s, below the 30 s that Kubernetes grants. Then
    /// they are cut off.
    pub shutdown_time: Duration,
    /// For how long `/readyz` and its metric keep what they know of the tables' rules; 30 s. Then they are compared with those
    /// of the contracts again, when asked.
    pub rules_interval: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            header_time: Duration::from_secs(30),
            body_time: Duration::from_secs(15),
            request_time: Duration::from_secs(30),
            concurrency: 512,
            shutdown_time: Duration::from_secs(25),
            rules_interval: Duration::from_secs(30),
        }
    }
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: choose another address by AXIS_HTTP_ADDR, or stop what uses this one"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The database answers, and its schema does not serve this build.
    #[error(transparent)]
    Schema(#[from] SchemaMismatch),
}

/// A server that has its address and has looked at its database, and does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: App,
    /// The pool was warmed up. It is when the database answers for the first time.
    is_warm: bool,
    routes: Router,
}

impl Server {
    /// Listens on `address` and looks at the database.
    ///
    /// A database that does not answer is no error: then the server starts unready, and becomes ready as soon as the
    /// database is there. Count the database's queries in the same `metrics`, by a
    /// [`QueryObserver`](crate::QueryObserver).
    ///
    /// # Errors
    /// [`ServerError::Listen`] where the address is not free, [`ServerError::Schema`] where the database is behind this
    /// build or has changed too much for it.
    pub async fn start(
        address: SocketAddr,
        database: Database,
        metrics: Metrics,
        limits: Limits,
    ) -> Result<Self, ServerError> {
        let cannot_listen = |source| ServerError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(cannot_listen)?;
        let bound = listener.local_addr().map_err(cannot_listen)?;
        let app = App::new(database, metrics, limits);
        let is_warm = match app.readiness().look().await {
            Err(NotReady::Schema(mismatch)) => return Err(mismatch.into()),
            Err(_) => false,
            Ok(_) => {
                app.warm_up().await;
                true
            }
        };
        Ok(Self {
            listener,
            address: bound,
            app,
            is_warm,
            routes: Router::new(),
        })
    }

    /// Serves further routes beside those of AXIS, under the same limits on time and concurrency, with the same request
    /// ids, spans and metrics. Their state holds a clone of the [`Database`] that the server was started with, and with it
    /// the same pool.
    ///
    /// An answer of theirs that is an error and no `application/problem+json` is sent as it is. They are not in
    /// openapi.json.
    ///
    /// # Panics
    /// In [`run`](Self::run), where a path is already served.
    #[must_use]
    pub fn with_routes(mut self, routes: Router) -> Self {
        self.routes = self.routes.merge(routes);
        self
    }

    /// Where the server listens; with the port that the system chose, where 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `stop` resolves, then finishes those under way.
    ///
    /// Returns how many connections had to be cut off because their requests took longer than
    /// [`Limits::shutdown_time`].
    pub async fn run(self, stop: impl Future<Output = ()>) -> usize {
        let Self {
            listener,
            app,
            is_warm,
            routes,
            ..
        } = self;
        let watch = app.clone();
        let becomes_ready = tokio::spawn(async move {
            watch.readiness().until_ready().await;
            if !is_warm {
                watch.warm_up().await;
            }
        });
        let cut_off = connections::serve(
            listener,
            http::router(app.clone(), routes),
            app.limits(),
            stop,
        )
        .await;
        becomes_ready.abort();
        app.close_database().await;
        cut_off
    }
}
