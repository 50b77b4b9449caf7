//! From a target to a connection: one attempt.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout;
use tokio_postgres::error::SqlState;

use crate::config::Target;
use crate::connection::{Connection, Options};
use crate::error::class_of_sqlstate;
use crate::{ErrorClass, PostgresError};

/// Why an attempt to connect failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Name, network, TLS, or what the server answered: the source says which.
    #[error("no connection could be made")]
    Refused(#[source] tokio_postgres::Error),
    /// The server did not answer in time.
    #[error("no answer within {}", in_milliseconds(*.0))]
    TimedOut(Duration),
}

/// A duration as people read it. What is left of a limit is no round number.
fn in_milliseconds(duration: Duration) -> humantime::FormattedDuration {
    let milliseconds = duration.as_nanos().div_ceil(1_000_000);
    let milliseconds = u64::try_from(milliseconds).unwrap_or(u64::MAX);
    humantime::format_duration(Duration::from_millis(milliseconds))
}

impl ConnectError {
    /// Whether another attempt must fail in the same way: user, password or database are not
    /// accepted.
    pub(crate) fn is_permanent(&self) -> bool {
        match self {
            Self::Refused(error) => error.code().is_some_and(|code| {
                code.code().starts_with("28") || *code == SqlState::INVALID_CATALOG_NAME
            }),
            Self::TimedOut(_) => false,
        }
    }

    /// What the server said, where it did.
    pub(crate) fn postgres(&self) -> Option<Arc<PostgresError>> {
        match self {
            Self::Refused(error) => Some(Arc::new(PostgresError::from_driver(error))),
            Self::TimedOut(_) => None,
        }
    }

    pub(crate) fn class(&self) -> ErrorClass {
        let found = match self {
            Self::Refused(error) => error.code().and_then(|code| class_of_sqlstate(code.code())),
            Self::TimedOut(_) => None,
        };
        match found {
            Some(class @ (ErrorClass::TooManyConnections | ErrorClass::ServerUnavailable)) => class,
            _ => ErrorClass::Unreachable,
        }
    }
}

/// Opens one connection within `limit` and tells the observer how it went.
pub(crate) async fn connect(
    target: &Target,
    limit: Duration,
    options: Options,
) -> Result<Connection, ConnectError> {
    let observer = Arc::clone(&options.observer);
    let started = Instant::now();
    let result = match timeout(limit, Connection::open(target, options)).await {
        Ok(result) => result.map_err(ConnectError::Refused),
        Err(_) => Err(ConnectError::TimedOut(limit)),
    };
    let outcome = match &result {
        Ok(_) => Ok(()),
        Err(error) => Err(error.class()),
    };
    observer.connected(started.elapsed(), outcome);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_told_in_milliseconds() {
        for (nanoseconds, told) in [
            (4_999_980_209, "no answer within 5s"),
            (1_234_000_001, "no answer within 1s 235ms"),
            (1, "no answer within 1ms"),
        ] {
            let error = ConnectError::TimedOut(Duration::from_nanos(nanoseconds));
            assert_eq!(error.to_string(), told);
        }
    }
}
