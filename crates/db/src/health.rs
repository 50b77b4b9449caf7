//! Whether the database answers.

use std::time::Duration;

/// How long [`Database::health`](crate::Database::health) waits for the whole of it.
pub(crate) const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);

/// The database answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// How long one small query took; on a connection that was just opened it includes its
    /// preparation.
    pub round_trip: Duration,
    /// The server's version as it tells it, such as `15.14 (Debian 15.14-0+deb12u1)`.
    pub server_version: String,
}
