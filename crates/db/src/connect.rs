//! From a target to a connection: one attempt.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel_async::AsyncPgConnection;
use tokio::time::timeout;
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

use crate::config::Target;
use crate::connection::Connection;
use crate::{ErrorClass, Observer};

/// Why an attempt to connect failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Name, network, TLS, or what the server answered: the source says which.
    #[error("no connection could be made")]
    Refused(#[source] tokio_postgres::Error),
    /// The server did not answer in time.
    #[error("no answer within {}", humantime::format_duration(*.0))]
    TimedOut(Duration),
    /// The server answered, then failed at the first statement.
    #[error("the connection could not be set up")]
    Setup(#[source] diesel::result::ConnectionError),
}

impl ConnectError {
    /// Whether another attempt must fail in the same way: user, password or database are not
    /// accepted.
    pub(crate) fn is_permanent(&self) -> bool {
        match self {
            Self::Refused(error) => error.code().is_some_and(|code| {
                code.code().starts_with("28") || *code == SqlState::INVALID_CATALOG_NAME
            }),
            Self::TimedOut(_) | Self::Setup(_) => false,
        }
    }
}

/// Opens one connection within `limit` and tells `observer` how it went.
pub(crate) async fn connect(
    target: &Target,
    limit: Duration,
    statement_timeout: Option<Duration>,
    observer: &Arc<dyn Observer>,
) -> Result<Connection, ConnectError> {
    let started = Instant::now();
    let result = timeout(limit, open(target))
        .await
        .unwrap_or(Err(ConnectError::TimedOut(limit)));
    let outcome = match &result {
        Ok(_) => Ok(()),
        Err(_) => Err(ErrorClass::Unreachable),
    };
    observer.connected(started.elapsed(), outcome);
    let (inner, server_version) = result?;
    Ok(Connection::new(
        inner,
        target.connector().clone(),
        server_version,
        statement_timeout,
        Arc::clone(observer),
    ))
}

async fn open(target: &Target) -> Result<(AsyncPgConnection, String), ConnectError> {
    let settings = target.settings();
    let version = |parameter: Option<&str>| parameter.unwrap_or_default().to_owned();
    match target.connector().tls() {
        Some(tls) => {
            let (client, driver) = settings.connect(tls).await.map_err(ConnectError::Refused)?;
            let version = version(driver.parameter("server_version"));
            let inner = AsyncPgConnection::try_from_client_and_connection(client, driver).await;
            Ok((inner.map_err(ConnectError::Setup)?, version))
        }
        None => {
            let (client, driver) = settings
                .connect(NoTls)
                .await
                .map_err(ConnectError::Refused)?;
            let version = version(driver.parameter("server_version"));
            let inner = AsyncPgConnection::try_from_client_and_connection(client, driver).await;
            Ok((inner.map_err(ConnectError::Setup)?, version))
        }
    }
}
